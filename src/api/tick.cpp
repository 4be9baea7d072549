// The tick: all accounts in one transaction, or batches of accounts for the job that commits between them.
#include <algorithm>

#include "core/calendar.hpp"

#include "api/hours.hpp"

#include "store/notify.hpp"

#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

constexpr std::int64_t accounts_per_page = 1000;
constexpr std::size_t accounts_per_claim = 16;   // locked and read by one statement each
constexpr std::int64_t posts_per_batch = 100000; // a batch ends with the account that reaches it
constexpr std::int64_t most_workers = 64;

// The share of the users that a worker takes, counted from 1.
store::Share share_of(FunctionCallInfo fcinfo, int first) {
    const store::Share share{has_argument(fcinfo, first) ? PG_GETARG_INT32(first) : 0,
                             has_argument(fcinfo, first + 1) ? PG_GETARG_INT32(first + 1) : 0};
    if (share.workers < 1 || share.workers > most_workers || share.worker < 1 || share.worker > share.workers)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "worker and workers are out of range",
             "A worker is one of 1 to workers, and there are at most 64.",
             "Such as worker => 1, workers => 2.");
    return share;
}

// One tick at a time in a database, or one of each worker: a tick of all users keeps every worker out. The locks go with
// the transaction.
bool lock_tick(const store::Extension &extension, const store::Share &share) {
    static const Statement lock_all{
        "SELECT pg_try_advisory_xact_lock(hashtext('roi_generate_tick'), $1::integer)::int::bigint",
        {INT8OID}};
    static const Statement lock_share{
        "SELECT (pg_try_advisory_xact_lock_shared(hashtext('roi_generate_tick'), $1::integer)"
        " AND pg_try_advisory_xact_lock(hashtext('roi_generate_tick ' || $2), $1::integer))::int::bigint",
        {INT8OID, INT8OID}};
    const Argument schema = int64_argument(static_cast<std::int32_t>(extension.schema));
    if (share.workers == 1)
        execute(lock_all, extension.schema, {schema}, false);
    else
        execute(lock_share, extension.schema, {schema, int64_argument(share.worker)}, false);
    return result_int64(0, 1) != 0;
}

// In the order in which everybody locks users, each once.
std::vector<std::string> listed_users(const store::Extension &extension, FunctionCallInfo fcinfo,
                                      int number) {
    static const Statement list{"SELECT u FROM unnest($1) u WHERE u IS NOT NULL GROUP BY u ORDER BY u",
                                {TEXTARRAYOID}};
    std::vector<std::string> users;
    if (!has_argument(fcinfo, number)) return users;
    const uint64 count = execute(list, extension.schema, {Argument{PG_GETARG_DATUM(number), false}}, true);
    for (uint64 row = 0; row < count; ++row)
        users.push_back(result_text(row, 1));
    return users;
}

// A tick at work: accounts in the order of users, small ones generated together.
class Tick {
public:
    // The generator's constructor stands in another file.
    // NOLINTNEXTLINE(clang-analyzer-optin.cplusplus.UninitializedObject)
    Tick(const store::Extension &extension, std::int64_t until)
        : extension_(extension), platforms_(store::load_platforms(extension)),
          generator_(extension, platforms_), until_(until) {}

    // Advances users until all or `most_posts` are done; returns how many users that took.
    std::size_t advance(const std::vector<std::string> &names, std::int64_t most_posts);
    void finish() { generator_.finish(); } // writes what advance() has left in memory

    std::int64_t users = 0;
    api::Generated total{};

private:
    void generate(store::Account &account);

    const store::Extension &extension_;
    const std::map<std::string, store::Platform> platforms_;
    api::Generator generator_;
    std::int64_t until_;
    bool holds_facts_ = false;
};

// Brings one account up to the hour.
void Tick::generate(store::Account &account) {
    MemoryScope memory("account");
    const api::Generated done = generator_.add(account, until_);
    total.hours = std::max(total.hours, done.hours);
    total.posts += done.posts;
    total.published += done.published;
    if (done.hours > 0) {
        ++users;
        store::announce_to_user(extension_, account.user_id, "tick", until_ * core::seconds_per_hour);
    }
    if (generator_.is_full()) generator_.settle();
}

// A user who is being backfilled or imported right now is left to the next tick.
std::size_t Tick::advance(const std::vector<std::string> &names, std::int64_t most_posts) {
    std::size_t taken = 0;
    while (taken < names.size() && total.posts < most_posts) {
        const auto first = names.begin() + static_cast<std::ptrdiff_t>(taken);
        taken = std::min(names.size(), taken + accounts_per_claim);
        const auto end = names.begin() + static_cast<std::ptrdiff_t>(taken);
        MemoryScope memory("claimed accounts");
        for (store::Account &account : store::claim_accounts(extension_, {first, end}, holds_facts_)) {
            if (total.posts >= most_posts)
                return static_cast<std::size_t>(std::find(first, end, account.user_id) - names.begin());
            generate(account);
        }
    }
    return taken;
}

} // namespace

// Argument: at.
ROI_FUNCTION(roi_generate_tick) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise_operator(extension);
    const std::int64_t until = api::whole_hour(api::moment_of(fcinfo, 0));
    open_result(fcinfo);
    SpiScope spi;
    RoleScope owner(extension.owner);
    if (!lock_tick(extension, {1, 1})) {
        notice("another tick is running; this one did nothing");
        api::put_generated(fcinfo, 0, {});
        return Datum{0};
    }
    Tick tick(extension, until);
    std::string after;
    for (;;) {
        const std::vector<std::string> page =
            store::users_behind(extension, until, after, accounts_per_page, {1, 1});
        if (page.empty()) break;
        tick.advance(page, PG_INT64_MAX);
        after = page.back();
    }
    tick.finish();
    store::announce(extension, "tick", until * core::seconds_per_hour);
    api::put_generated(fcinfo, tick.users, tick.total);
    return Datum{0};
}

// Arguments: at, after, accounts, worker, workers.
ROI_FUNCTION(roi_accounts_behind) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise_operator(extension);
    const std::int64_t until = api::whole_hour(api::moment_of(fcinfo, 0));
    const store::Share share = share_of(fcinfo, 3);
    open_scalar_result(fcinfo);
    SpiScope spi;
    RoleScope owner(extension.owner);
    store::load_platforms(extension); // what is wrong there fails the run, not its accounts one by one
    for (const std::string &user :
         store::users_behind(extension, until, text_of(fcinfo, 1), PG_GETARG_INT32(2), share))
        put_row(fcinfo, {text_argument(user)});
    return Datum{0};
}

// Arguments: at, users (text[]), worker, workers. No row when another run has the lock.
ROI_FUNCTION(roi_generate_accounts) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise_operator(extension);
    const std::int64_t until = api::whole_hour(api::moment_of(fcinfo, 0));
    const store::Share share = share_of(fcinfo, 2);
    open_result(fcinfo);
    SpiScope spi;
    RoleScope owner(extension.owner);
    if (!lock_tick(extension, share)) return Datum{0};
    Tick tick(extension, until);
    const auto taken =
        static_cast<std::int64_t>(tick.advance(listed_users(extension, fcinfo, 1), posts_per_batch));
    tick.finish();
    put_row(fcinfo, {int64_argument(tick.users), int64_argument(tick.total.posts), int64_argument(taken)});
    return Datum{0};
}

// Arguments: worker, workers. True when no other run has the lock, which is ours until the transaction ends.
ROI_FUNCTION(roi_lock_tick) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise_operator(extension);
    const store::Share share = share_of(fcinfo, 0);
    SpiScope spi;
    return BoolGetDatum(lock_tick(extension, share));
}
