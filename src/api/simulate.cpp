// SQL functions of the simulator: register an account, backfill, stop, purge.
#include <algorithm>

#include "core/calendar.hpp"
#include "core/rollup/sums.hpp"

#include "api/hours.hpp"

#include "store/archive.hpp"
#include "store/notify.hpp"
#include "store/rollup_rebuild.hpp"
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"
#include "bridge/zone.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

// The hour in which `span` before `until` begins, counted on the calendar of UTC.
std::int64_t span_start(const store::Extension &extension, FunctionCallInfo fcinfo, int number,
                        std::int64_t until_hour) {
    static const Statement is_allowed{"SELECT ($1 > interval '0' AND $1 <= interval '10 years')::int::bigint",
                                      {INTERVALOID}};
    static const Statement start{
        "SELECT floor(extract(epoch FROM to_timestamp($1) AT TIME ZONE 'UTC' - $2) / 3600)::bigint",
        {INT8OID, INTERVALOID}};
    static const char *const hint = "Pass an interval above 0 and up to 10 years, such as '60 days'.";
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "the span must not be NULL",
             "It says how far back hours are made.", hint);
    const Argument span{PG_GETARG_DATUM(number), false};
    execute(is_allowed, extension.schema, {span}, true);
    if (result_int64(0, 1) == 0)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "the span is out of range",
             "It is not above 0, or above 10 years.", hint);
    execute(start, extension.schema, {int64_argument(until_hour * core::seconds_per_hour), span}, true);
    if (result_int64(0, 1) < 0)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "the span begins before 1970",
             "The first hours would lie before the first that an account can have.", hint);
    return result_int64(0, 1);
}

void load_known_account(const store::Extension &extension, const std::string &user_id,
                        store::Account &account) {
    if (!store::load_account(extension, user_id, account))
        fail(ERRCODE_UNDEFINED_OBJECT, "user \"" + user_id + "\" has no simulated account",
             "No row of roi_simulations is his.", "Register one with SELECT roi_simulate(user_id => '...').");
}

} // namespace

namespace {

// What roi_simulate() was given, from its second argument on; NULL arguments stay NULL and take their default.
struct Wish {
    Argument seed = null_argument(), platforms = null_argument(), posts_per_day = null_argument(),
             first_posts = null_argument(), growth_model = null_argument(), currency = null_argument(),
             start_at = null_argument(), audience_size = null_argument(), campaigns = null_argument(),
             campaign_days = null_argument(), budget = null_argument(), time_zone = null_argument();

    // For the statements below, which take the user first and then these.
    std::vector<Argument> arguments(const std::string &user_id) const {
        return {text_argument(user_id), seed,     platforms, posts_per_day, first_posts,
                growth_model,           currency, start_at,  audience_size, campaigns,
                campaign_days,          budget,   time_zone};
    }
};

const std::vector<Oid> wish_types{TEXTOID, INT8OID,    TEXTARRAYOID,   NUMERICOID, INT4OID,
                                  TEXTOID, TEXTOID,    TIMESTAMPTZOID, INT8OID,    INT4OID,
                                  INT4OID, NUMERICOID, TEXTOID};

Argument argument_of(FunctionCallInfo fcinfo, int number) {
    return PG_ARGISNULL(number) ? null_argument() : Argument{PG_GETARG_DATUM(number), false};
}

Wish read_wish(FunctionCallInfo fcinfo) {
    Wish wish;
    Argument *const targets[] = {&wish.seed,          &wish.platforms,     &wish.posts_per_day,
                                 &wish.first_posts,   &wish.growth_model,  &wish.currency,
                                 &wish.start_at,      &wish.audience_size, &wish.campaigns,
                                 &wish.campaign_days, &wish.budget,        &wish.time_zone};
    int number = 1;
    for (Argument *const target : targets)
        *target = argument_of(fcinfo, number++);
    return wish;
}

// Each check answers one sentence or NULL; the first one that is not NULL refuses the wish.
void check_wish(const store::Extension &extension, const Wish &wish) {
    static const Statement check{
        "SELECT CASE"
        " WHEN $3 = '{}' OR array_ndims($3) > 1 OR (SELECT bool_or(p IS NULL) FROM unnest($3) p)"
        "   THEN 'platforms must be a plain list of platforms'"
        " WHEN EXISTS (SELECT FROM unnest($3) p GROUP BY p HAVING count(*) > 1) THEN 'platforms names a platform twice'"
        " WHEN EXISTS (SELECT FROM unnest($3) p WHERE NOT EXISTS (SELECT FROM @roi@.roi_platforms r WHERE r.platform = p))"
        "   THEN 'platforms names a platform that is not in roi_platforms'"
        " WHEN $3 IS NULL AND NOT EXISTS (SELECT FROM @roi@.roi_platforms WHERE enabled)"
        "   THEN 'no platform of roi_platforms is enabled'"
        " WHEN $4 = 'NaN' OR $4 < 0 OR $4 > 100000 THEN 'posts_per_day must lie between 0 and 100000'"
        " WHEN $5 < 0 OR $5 > 1000000 THEN 'first_posts must lie between 0 and 1000000'"
        " WHEN $6 NOT IN ('natural', 'plan') THEN 'growth_model must be natural or plan'"
        " WHEN $7 !~ '^[A-Z]{3}$' THEN 'currency must be three capital letters'"
        " WHEN NOT isfinite($8) OR $8 < 'epoch' OR $8 > now() + interval '1 year' THEN 'start_at is out of range'"
        " WHEN $9 < 1 OR $9 > 1000000000 THEN 'audience_size must lie between 1 and 1000000000'"
        " WHEN $10 < 0 OR $10 > 1000 THEN 'campaigns must lie between 0 and 1000'"
        " WHEN $11 < 1 OR $11 > 366 THEN 'campaign_days must lie between 1 and 366'"
        " WHEN $12 = 'NaN' OR $12 < 0.01 OR $12 >= 1000000000 THEN 'budget must lie between 0.01 and 1000000000'"
        " END",
        wish_types};
    if (!wish.time_zone.is_null) Zone check_zone(text_of(wish.time_zone.value)); // raises 22023
    execute(check, extension.schema, wish.arguments(""), true);
    const std::string complaint = result_text(0, 1);
    if (!complaint.empty())
        fail(ERRCODE_INVALID_PARAMETER_VALUE, complaint, "Nothing was registered.",
             "Leave an argument out, or pass NULL, to take its default.");
}

void refuse_real_facts(const store::Extension &extension, const std::string &user_id) {
    // Who has archived months and no account has real ones.
    static const Statement has_real_facts{
        "SELECT (EXISTS (SELECT FROM @roi@.roi_metrics WHERE user_id = $1 AND source <> 'simulated')"
        " OR EXISTS (SELECT FROM @roi@.roi_rollup WHERE user_id = $1 AND grain = 'm' AND bucket < $2)"
        "   AND NOT EXISTS (SELECT FROM @roi@.roi_simulations WHERE user_id = $1))::int::bigint",
        {TEXTOID, TIMESTAMPTZOID}};
    const Argument horizon{TimestampTzGetDatum(store::archived_until(extension)), false};
    execute(has_real_facts, extension.schema, {text_argument(user_id), horizon}, false);
    if (result_int64(0, 1) != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "user \"" + user_id + "\" has imported or recorded facts",
             "Real and invented money never add up.", "Simulate another user.");
}

// Adds the account unless there is one. Without a seed it follows from the user id, so that a demo repeats itself.
void add_account(const store::Extension &extension, const std::string &user_id, const Wish &wish) {
    static const Statement add{
        "INSERT INTO @roi@.roi_simulations (user_id, seed, platforms, posts_per_day, first_posts, growth_model, currency,"
        " start_at, generated_until, audience_size, campaigns, campaign_days, budget, time_zone)"
        " SELECT $1, coalesce($2, ('x' || left(encode(sha256(convert_to($1, 'UTF8')), 'hex'), 15))::bit(60)::bigint),"
        " coalesce($3, (SELECT array_agg(platform::text ORDER BY platform) FROM @roi@.roi_platforms WHERE enabled)),"
        " coalesce($4, 3), coalesce($5, 12), coalesce($6, 'natural'), coalesce($7, 'USD'), start_at, start_at,"
        " coalesce($9, 100000), $10, $11, $12, coalesce($13, 'UTC')"
        " FROM date_trunc('hour', coalesce($8, now()), 'UTC') AS start_at ON CONFLICT (user_id) DO NOTHING",
        wish_types};
    execute(add, extension.schema, wish.arguments(user_id), false);
}

// A stopped account that is registered again with the same parameters grows on. Its start may be earlier than asked
// for: a backfill has moved it.
void resume_same_account(const store::Extension &extension, const std::string &user_id, const Wish &wish) {
    static const Statement resume{
        "UPDATE @roi@.roi_simulations SET state = 'growing' WHERE user_id = $1 AND seed = coalesce($2, seed)"
        " AND platforms = coalesce($3, platforms) AND posts_per_day = coalesce(round($4, 3), posts_per_day)"
        " AND first_posts = coalesce($5, first_posts) AND growth_model = coalesce($6, growth_model)"
        " AND currency = coalesce($7, currency) AND start_at <= coalesce(date_trunc('hour', $8, 'UTC'), start_at)"
        " AND audience_size = coalesce($9, audience_size) AND campaigns IS NOT DISTINCT FROM coalesce($10, campaigns)"
        " AND campaign_days IS NOT DISTINCT FROM coalesce($11, campaign_days)"
        " AND budget IS NOT DISTINCT FROM coalesce(round($12, 6), budget) AND time_zone = coalesce($13, time_zone)",
        wish_types};
    if (execute(resume, extension.schema, wish.arguments(user_id), false) == 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "user \"" + user_id + "\" is simulated with other parameters",
             "Rows follow from the parameters; they cannot change once the account exists.",
             "Purge it with roi_purge_simulated() first.");
}

// Registers user and account, or finds them as they are. Acting as the owner.
void register_account(const store::Extension &extension, const std::string &user_id, const Wish &wish) {
    check_wish(extension, wish);
    store::lock_user(extension, user_id);
    refuse_real_facts(extension, user_id);
    add_account(extension, user_id, wish);
    resume_same_account(extension, user_id, wish);
    store::Account account;
    if (store::load_account(extension, user_id, account))
        store::refuse_archived_growth(extension, user_id,
                                      timestamp_of(account.generated_until * core::seconds_per_hour));
}

} // namespace

ROI_FUNCTION(roi_simulate) {
    static const Statement show{
        "SELECT user_id::text, seed, platforms, posts_per_day, first_posts, "
        "growth_model, currency::text, start_at,"
        " generated_until, state, audience_size, campaigns, campaign_days, campaigns_from,"
        " budget, time_zone FROM @roi@.roi_simulations WHERE user_id = $1",
        {TEXTOID}};
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    const Wish wish = read_wish(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    register_account(extension, user_id, wish);
    execute(show, extension.schema, {text_argument(user_id)}, false);
    put_spi_rows(fcinfo);
    return Datum{0};
}

namespace {

// Long spans are generated in parts, so that somebody can watch: rows do not depend on the cuts.
constexpr std::int64_t hours_per_part = 240;

bool is_seven_days(const store::Extension &extension, FunctionCallInfo fcinfo, int number) {
    static const Statement compare{"SELECT ($1 = interval '7 days')::int::bigint", {INTERVALOID}};
    execute(compare, extension.schema, {Argument{PG_GETARG_DATUM(number), false}}, true);
    return result_int64(0, 1) != 0;
}

// The plan's one-time baseline has two campaigns, dated six and three days before its last day.
void settle_baseline(const store::Extension &extension, store::Account &account, std::int64_t until_hour) {
    const Zone zone(account.time_zone);
    const Timestamp last = zone.to_local(timestamp_of(until_hour * core::seconds_per_hour));
    store::CampaignDefaults defaults;
    defaults.first_day = unix_seconds_of(last) / core::seconds_per_day - 6;
    defaults.days = 3;
    defaults.count = 2;
    store::settle_campaigns(extension, account, defaults);
}

// Moves the start of an account without hours to where the span begins; refuses an earlier start afterwards.
void move_start(const store::Extension &extension, FunctionCallInfo fcinfo, store::Account &account,
                std::int64_t start, std::int64_t until) {
    if (account.generated_until > account.start_hour) {
        if (start < account.start_hour)
            fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                 "the account already begins later than the span asks for",
                 "Rows follow from the account's start; it cannot move once hours exist.",
                 "Purge it with roi_purge_simulated(), then roi_simulate() and roi_backfill() again.");
        return;
    }
    if (start < account.start_hour) account.start_hour = account.generated_until = start;
    if (until > account.generated_until && !account.is_settled && is_seven_days(extension, fcinfo, 1))
        settle_baseline(extension, account, until);
}

api::Generated generate_in_parts(const store::Extension &extension, store::Account &account,
                                 std::int64_t until) {
    const auto platforms = store::load_platforms(extension);
    const std::int64_t hours = until - account.generated_until;
    api::Generated total;
    while (account.generated_until < until) {
        MemoryScope memory("backfill");
        const api::Generated part = api::generate(extension, platforms, account,
                                                  std::min(until, account.generated_until + hours_per_part));
        total.hours += part.hours;
        total.posts += part.posts;
        total.published += part.published;
        if (hours > hours_per_part)
            notice("user \"" + account.user_id + "\": " + std::to_string(total.hours) + " of " +
                   std::to_string(hours) + " hours, " + std::to_string(total.posts) + " rows");
    }
    return total;
}

void record_run(const store::Extension &extension, const store::Account &account, TimestampTz started,
                const api::Generated &done) {
    static const Statement record{
        "INSERT INTO @roi@.roi_job_runs (job, started_at, finished_at, ok, rows, message)"
        " VALUES ('roi_backfill', $1, clock_timestamp(), true, $2, format('user %s: %s hours, until %s', $3, $4,"
        "   to_char(to_timestamp($5) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"')))",
        {TIMESTAMPTZOID, INT8OID, TEXTOID, INT8OID, INT8OID}};
    execute(record, extension.schema,
            {Argument{TimestampTzGetDatum(started), false}, int64_argument(done.posts),
             text_argument(account.user_id), int64_argument(done.hours),
             int64_argument(account.generated_until * core::seconds_per_hour)},
            false);
}

} // namespace

ROI_FUNCTION(roi_backfill) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    const std::int64_t until = api::whole_hour(api::moment_of(fcinfo, 2));
    const TimestampTz started = call([] { return GetCurrentTimestamp(); });
    open_result(fcinfo);
    SpiScope spi;
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    const std::int64_t start = span_start(extension, fcinfo, 1, until);
    store::Account account;
    if (store::load_account(extension, user_id, account))
        store::lock_user(extension, user_id);
    else
        register_account(extension, user_id, Wish{}); // which begins now, and moves back below
    load_known_account(extension, user_id, account);  // as it is now that no other session moves it
    if (!account.growing)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the account of user \"" + user_id + "\" is stopped",
             "A stopped account gets no more hours.",
             "SELECT roi_simulate(user_id => '...') lets it grow on.");
    move_start(extension, fcinfo, account, start, until);
    const api::Generated done = generate_in_parts(extension, account, until);
    if (done.hours > 0) record_run(extension, account, started, done);
    api::put_generated(fcinfo, 1, done);
    store::announce(extension, "backfill");
    store::announce_to_user(extension, user_id, "backfill");
    return Datum{0};
}

ROI_FUNCTION(roi_make_coming_partitions) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise_operator(extension);
    SpiScope spi;
    RoleScope owner(extension.owner);
    store::make_coming_partitions(extension);
    return Datum{0};
}

ROI_FUNCTION(roi_stop_simulation) {
    static const Statement stop{
        "UPDATE @roi@.roi_simulations SET state = 'stopped' WHERE user_id = $1 AND state = 'growing'",
        {TEXTOID}};
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    SpiScope spi;
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    store::Account account;
    load_known_account(extension, user_id, account);
    store::lock_user(extension, user_id); // a tick that has the account finishes first; a later one skips it
    return BoolGetDatum(execute(stop, extension.schema, {text_argument(user_id)}, false) > 0);
}

namespace {

// The sums of a simulated account's archived months; its facts there cannot be subtracted from them any more.
void forget_archived(const store::Extension &extension, const std::string &user_id) {
    static const Statement rollup{"DELETE FROM @roi@.roi_rollup WHERE user_id = $1 AND bucket < $2",
                                  {TEXTOID, TIMESTAMPTZOID}};
    static const Statement detail{"DELETE FROM @roi@.roi_rollup_detail WHERE user_id = $1 AND bucket < $2",
                                  {TEXTOID, TIMESTAMPTZOID}};
    static const Statement is_simulated{
        "SELECT EXISTS (SELECT FROM @roi@.roi_simulations WHERE user_id = $1)::int::bigint", {TEXTOID}};
    // of a post that is not simulated, or of none
    static const Statement is_mixed{
        "SELECT EXISTS (SELECT FROM @roi@.roi_rollup_detail d WHERE d.user_id = $1 AND d.grain = 'm' AND d.bucket < $2"
        " AND NOT EXISTS (SELECT FROM @roi@.roi_posts p WHERE p.user_id = $1 AND p.platform = d.platform"
        "   AND p.post_no = d.post_no AND p.source = 'simulated'))::int::bigint",
        {TEXTOID, TIMESTAMPTZOID},
        true,
        false,
        true};
    const Argument horizon{TimestampTzGetDatum(store::archived_until(extension)), false};
    execute(is_simulated, extension.schema, {text_argument(user_id)}, false);
    if (result_int64(0, 1) == 0) return;
    execute(is_mixed, extension.schema, {text_argument(user_id), horizon}, false);
    if (result_int64(0, 1) != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "archived months hold simulated and other facts of user \"" + user_id + "\"",
             "Their sums cannot be told apart any more.",
             "roi_stop_simulation() ends the account and leaves its figures.");
    const uint64 forgotten = execute(rollup, extension.schema, {text_argument(user_id), horizon}, false) +
                             execute(detail, extension.schema, {text_argument(user_id), horizon}, false);
    if (forgotten > 0) store::rebuild_user(extension, user_id, DT_NOBEGIN, DT_NOEND); // the totals
}

} // namespace

ROI_FUNCTION(roi_purge_simulated) {
    static const Statement delete_facts{
        "DELETE FROM @roi@.roi_metrics WHERE user_id = $1 AND source = 'simulated'", {TEXTOID}};
    // Recorded facts of a simulated post keep it: their rollup rows know it by its number.
    static const Statement delete_posts{
        "DELETE FROM @roi@.roi_posts p WHERE user_id = $1 AND source = 'simulated' AND NOT EXISTS"
        " (SELECT FROM @roi@.roi_rollup_detail d WHERE d.user_id = $1 AND d.grain = 'm'"
        "   AND d.platform = p.platform AND d.post_no = p.post_no)",
        {TEXTOID},
        true,
        false,
        true};
    static const Statement delete_campaigns{
        "DELETE FROM @roi@.campaign_with_user_id WHERE user_id = $1 AND source = 'simulated'", {TEXTOID}};
    static const Statement delete_account{"DELETE FROM @roi@.roi_simulations WHERE user_id = $1", {TEXTOID}};
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    SpiScope spi;
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    const std::vector<Argument> user{text_argument(user_id)};
    // The user, fact rows, the user's state: the order in which everybody locks. Then what a tick added meanwhile.
    store::hold_user(extension, user_id);
    uint64 facts = execute(delete_facts, extension.schema, user, false);
    if (!store::lock_known_user(extension, user_id)) return Int64GetDatum(0);
    facts += execute(delete_facts, extension.schema, user, false);
    forget_archived(extension, user_id);
    for (const Statement *statement : {&delete_posts, &delete_campaigns, &delete_account})
        execute(*statement, extension.schema, user, false);
    return Int64GetDatum(static_cast<int64>(facts));
}

// Refuses what load_platforms() cannot read, at the moment of the edit. During roi_setup() and a restore there is nothing
// to check by yet.
ROI_FUNCTION(roi_check_platforms) {
    static const Statement is_set_up{"SELECT count(*) FROM @roi@.roi_schema_version", {}};
    if (!CALLED_AS_TRIGGER(fcinfo))
        fail(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "roi_check_platforms() must be called as a trigger",
             "It looks at the edited rows of its statement.", "roi_setup() makes the trigger.");
    const auto *const trigger = reinterpret_cast<TriggerData *>(fcinfo->context);
    store::Extension extension;
    extension.schema = call([fcinfo] { return get_func_namespace(fcinfo->flinfo->fn_oid); });
    extension.owner = trigger->tg_relation->rd_rel->relowner;
    SpiScope spi;
    RoleScope owner(extension.owner);
    execute(is_set_up, extension.schema, {}, true);
    if (result_int64(0, 1) > 0) store::load_platforms(extension);
    return Datum{0};
}
