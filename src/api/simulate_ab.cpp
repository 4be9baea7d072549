// roi_simulate_ab: a simulated account of two campaigns whose true difference is known.
#include <cmath>

#include "core/analytics/ab_simulation.hpp"
#include "core/calendar.hpp"
#include "core/random/philox.hpp"

#include "api/analysis.hpp"
#include "store/fact_writer.hpp"
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using core::analytics::AbPlan;

constexpr const char *platform = "facebook";

struct Wish {
    AbPlan plan;
    std::int64_t first_day = 0, days = 0; // of UTC, since 1970-01-01
};

Wish read_wish(FunctionCallInfo fcinfo, const std::string &user_id) {
    Wish wish;
    AbPlan &plan = wish.plan;
    plan.seed = has_argument(fcinfo, 1) ? static_cast<std::uint64_t>(PG_GETARG_INT64(1))
                                        : core::random::hash_text(user_id.c_str());
    plan.effect = api::inner_argument(fcinfo, 2, "effect", -100, 1000) / 100;
    wish.days = api::whole_argument(fcinfo, 3, "days", 1, 366);
    plan.views_per_day = api::inner_argument(fcinfo, 4, "views_per_day", 0, 10000000);
    plan.conversion_rate = api::inner_argument(fcinfo, 5, "conversion_rate", 0, 100) / 100;
    plan.share_of_a = api::inner_argument(fcinfo, 6, "share_of_a", 0, 100) / 100;
    plan.has_bad_days = api::flag_argument(fcinfo, 7, "bad_days");
    const std::int64_t now = unix_seconds_of(call([] { return GetCurrentTransactionStartTimestamp(); }));
    wish.first_day = now / core::seconds_per_day - wish.days;
    return wish;
}

void refuse_known(const store::Extension &extension, const std::string &user_id) {
    static const Statement is_known{
        "SELECT (EXISTS (SELECT FROM @roi@.roi_metrics WHERE user_id = $1)"
        " OR EXISTS (SELECT FROM @roi@.roi_rollup WHERE user_id = $1)"
        " OR EXISTS (SELECT FROM @roi@.roi_simulations WHERE user_id = $1))::int::bigint",
        {TEXTOID}};
    execute(is_known, extension.schema, {text_argument(user_id)}, false);
    if (result_int64(0, 1) != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "user \"" + clip(user_id) + "\" has facts or a simulated account",
             "A test with a known effect stands by itself.",
             "Simulate another user, or remove a simulation with roi_purge_simulated() first.");
}

// The account grows no further: its days are all there will be.
void add_account(const store::Extension &extension, const std::string &user_id, const Wish &wish) {
    static const Statement add{
        "INSERT INTO @roi@.roi_simulations (user_id, seed, platforms, posts_per_day, first_posts, growth_model, start_at,"
        " generated_until, state) VALUES ($1, $2, ARRAY[$3], 0, 0, 'natural', to_timestamp($4), to_timestamp($5), 'stopped')",
        {TEXTOID, INT8OID, TEXTOID, INT8OID, INT8OID}};
    execute(add, extension.schema,
            {text_argument(user_id), int64_argument(static_cast<std::int64_t>(wish.plan.seed)),
             text_argument(platform), int64_argument(wish.first_day * core::seconds_per_day),
             int64_argument((wish.first_day + wish.days) * core::seconds_per_day)},
            false);
}

// Returns the campaign's id.
std::int64_t add_campaign(const store::Extension &extension, const std::string &user_id, const Wish &wish,
                          const core::Measures &total, int variant) {
    static const Statement add{
        "INSERT INTO @roi@.campaign_with_user_id (user_id, name, date, platform, impressions, clicks, ctr, cpc, spend,"
        " conversions, net_profit, ongoing, source) SELECT $1, $2, date '1970-01-01' + $3::integer, $4, $5, $6,"
        " 100.0 * $6 / nullif($5, 0), $7 * 0.000001 / nullif($6, 0), $7 * 0.000001, $8 * 0.000001,"
        " ($9 - $7) * 0.000001, 'completed', 'simulated' RETURNING id",
        {TEXTOID, TEXTOID, INT8OID, TEXTOID, INT8OID, INT8OID, INT8OID, INT8OID, INT8OID}};
    execute(add, extension.schema,
            {text_argument(user_id), text_argument(variant == 0 ? "A" : "B"), int64_argument(wish.first_day),
             text_argument(platform), int64_argument(total[core::measure_views]),
             int64_argument(total[core::measure_clicks]), int64_argument(total[core::measure_spend]),
             int64_argument(total[core::measure_conversions]), int64_argument(total[core::measure_revenue])},
            false);
    return result_int64(0, 1);
}

store::Fact fact_of(const std::string &user_id, int variant, std::int64_t day,
                    const core::Measures &measures) {
    store::Fact fact;
    fact.user_id = user_id;
    fact.platform = platform;
    fact.post_id = variant == 0 ? "ab-a" : "ab-b";
    fact.content_type = variant == 0 ? "variant a" : "variant b";
    fact.currency = "USD";
    fact.stamp = day * core::seconds_per_day;
    fact.posted_at = fact.stamp;
    fact.added = measures;
    fact.set_ratios(measures[core::measure_spend], measures[core::measure_revenue]);
    return fact;
}

// Writes a variant's days and returns its campaign.
std::int64_t write_variant(const store::Extension &extension, const std::string &user_id, const Wish &wish,
                           int variant, store::FactWriter &writer) {
    std::vector<core::Measures> days;
    core::Measures total{};
    for (std::int64_t day = 0; day < wish.days; ++day) {
        check_interrupts();
        days.push_back(draw_ab_day(wish.plan, day, variant));
        for (std::size_t i = 0; i < total.size(); ++i)
            total[i] += days.back()[i];
    }
    const std::int64_t campaign = add_campaign(extension, user_id, wish, total, variant);
    for (std::int64_t day = 0; day < wish.days; ++day) {
        store::Fact fact =
            fact_of(user_id, variant, wish.first_day + day, days[static_cast<std::size_t>(day)]);
        fact.posted_at = wish.first_day * core::seconds_per_day;
        fact.campaign_id = campaign;
        writer.add(std::move(fact));
    }
    return campaign;
}

} // namespace

// Arguments: user_id, seed, effect, days, views_per_day, conversion_rate, share_of_a, bad_days.
ROI_FUNCTION(roi_simulate_ab) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    const Wish wish = read_wish(fcinfo, user_id);
    open_result(fcinfo);
    SpiScope spi;
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    store::lock_user(extension, user_id);
    refuse_known(extension, user_id);
    add_account(extension, user_id, wish);
    store::FactWriter writer(extension, user_id, "simulated", 0);
    const std::int64_t a = write_variant(extension, user_id, wish, 0, writer);
    const std::int64_t b = write_variant(extension, user_id, wish, 1, writer);
    writer.finish();
    put_row(fcinfo, {text_argument(user_id), int64_argument(static_cast<std::int64_t>(wish.plan.seed)),
                     int64_argument(a), int64_argument(b), api::percent_argument(wish.plan.effect),
                     api::date_argument(wish.first_day), api::date_argument(wish.first_day + wish.days - 1)});
    return Datum{0};
}
