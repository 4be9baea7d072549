// roi_posts as a delta changes it, row by row through the primary key.
#include "store/rollup_posts.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "core/error.hpp"

#include "bridge/numeric.hpp"

namespace roi::store {

using namespace bridge;
using core::rollup::Delta;
using core::rollup::DetailSums;
using core::rollup::PostChange;

namespace {

constexpr std::int64_t usecs_per_hour = INT64CONST(3600000000);
constexpr std::int64_t money_limit = 1000000000000 * core::micros_per_unit; // NUMERIC(18,6)

bool is_money(std::size_t measure) {
    return measure == core::measure_spend || measure == core::measure_revenue;
}

// What a delta adds to a post, by currency: money counts in the post's own only.
struct Gain {
    std::uint32_t post = 0, currency = 0;
    DetailSums sums{};
};

std::vector<Gain> gains_of(Delta &delta, const UserShare &share) {
    std::vector<Gain> gains;
    gains.reserve(share.details.size());
    for (const std::uint32_t place : share.details) {
        const core::rollup::DetailChange &detail = delta.details()[place];
        gains.push_back({detail.post, detail.currency, detail.sums});
    }
    std::sort(gains.begin(), gains.end(), [](const Gain &a, const Gain &b) {
        return std::tie(a.post, a.currency) < std::tie(b.post, b.currency);
    });
    std::size_t last = 0;
    for (std::size_t i = 1; i < gains.size(); ++i) {
        if (gains[i].post == gains[last].post && gains[i].currency == gains[last].currency)
            core::rollup::add(gains[last].sums, gains[i].sums);
        else
            gains[++last] = gains[i];
    }
    if (!gains.empty()) gains.resize(last + 1);
    return gains;
}

// roi_posts, and the numbers that are still free for the user at hand.
class PostBook {
public:
    explicit PostBook(DeltaWork &work) : work_(work), posts_(work.extension.schema, "roi_posts") {
        constexpr std::size_t many = 1024; // fewer are remembered, for the next statements of the transaction
        if (work.delta.posts().size() >= many) posts_.walk(1);
        posts_.columns(names.data(), names.size(), places_.data());
    }

    void settle_user(const UserShare &share, const std::vector<Gain> &gains);
    void close() { posts_.close(); }

private:
    enum Column : std::size_t {
        user_id,
        post_id,
        platform,
        post_no,
        campaign_id,
        content_type,
        content_category,
        posted_at,
        source,
        currency,
        last_hour,
        created_at,
        updated_at,
        first_total,
        column_count = first_total + core::measure_count
    };
    static constexpr std::array<const char *, column_count> names{
        "user_id",          "post_id",    "platform",    "post_no",     "campaign_id", "content_type",
        "content_category", "posted_at",  "source",      "currency",    "last_hour",   "created_at",
        "updated_at",       "views",      "likes",       "comments",    "shares",      "saves",
        "clicks",           "paid_views", "paid_clicks", "conversions", "ad_spend",    "revenue_generated"};

    std::int32_t settle(const PostChange &post, const Gain *first, const Gain *last);
    std::int32_t number_of_text(const PostChange &post);
    std::int32_t next_number(std::uint32_t user);
    void save_numbers(std::uint32_t user);
    void describe(const PostChange &post, std::int32_t number);
    bool add_gains(const Gain *first, const Gain *last);
    bool move_last_hour(const PostChange &post);

    Datum &value(std::size_t column) { return posts_.values()[places_[column]]; }
    bool &null(std::size_t column) { return posts_.nulls()[places_[column]]; }
    void set(std::size_t column, Datum datum, bool is_null = false) {
        value(column) = datum;
        null(column) = is_null;
    }
    void set_text(std::size_t column, std::uint32_t text) {
        set(column, work_.texts[text], work_.texts.view(text).empty());
    }

    DeltaWork &work_;
    Table posts_;
    std::array<int, column_count> places_{};
    std::unordered_map<std::uint32_t, std::int32_t> fresh_; // post_id text to number, of posts added here
    std::int32_t next_ = 0, first_ = 0;                     // free numbers of the user; 0: not yet asked
};

std::int32_t read_next_number(const Extension &extension, Datum user) {
    Table state(extension.schema, "roi_user_state");
    const int column = state.column("next_post_no");
    const bool found = state.find(&user, 1);
    const std::int32_t next = found ? DatumGetInt32(state.values()[column]) : 0;
    state.close();
    if (!found)
        fail(ERRCODE_T_R_SERIALIZATION_FAILURE, "the user disappeared while facts were written",
             "Another session deleted him.", "Run the transaction again.");
    return next;
}

std::int32_t PostBook::next_number(std::uint32_t user) {
    if (first_ == 0) first_ = next_ = read_next_number(work_.extension, work_.texts[user]);
    if (next_ == std::numeric_limits<std::int32_t>::max())
        fail(ERRCODE_PROGRAM_LIMIT_EXCEEDED, "a user has 2,147,483,646 posts already",
             "Posts are numbered by an integer.", "Spread the posts over several users.");
    return next_++;
}

std::int32_t PostBook::number_of_text(const PostChange &post) {
    const auto known = fresh_.find(post.post_id);
    if (known != fresh_.end()) return known->second;
    const Datum key[] = {work_.texts[post.user], work_.texts[post.post_id]};
    return posts_.find(key, 2) ? DatumGetInt32(value(post_no)) : next_number(post.user);
}

TimestampTz transaction_start() {
    return call([] { return GetCurrentTransactionStartTimestamp(); });
}

void PostBook::describe(const PostChange &post, std::int32_t number) {
    posts_.blank();
    set_text(user_id, post.user);
    set_text(post_id, post.post_id);
    set_text(platform, post.platform);
    set(post_no, Int32GetDatum(number));
    set(campaign_id, Int64GetDatum(post.campaign), post.campaign == 0);
    set_text(content_type, post.content_type);
    set_text(content_category, post.content_category);
    set(posted_at, TimestampTzGetDatum(post.posted_at), post.posted_at == core::rollup::no_posted_at);
    set_text(source, post.source);
    set_text(currency, post.currency);
    set(created_at, TimestampTzGetDatum(transaction_start()));
    set(updated_at, TimestampTzGetDatum(transaction_start()));
    const Datum zero = call([] { return numeric_of_micros(0); });
    for (std::size_t i = 0; i < core::measure_count; ++i)
        set(first_total + i, i >= core::measure_conversions ? zero : Int64GetDatum(0));
}

[[noreturn]] void fail_total() {
    throw core::Error(core::Fault::out_of_range, "a post's running total is out of range", {},
                      "A count of a post stays below 9.2e18, a sum of money below a million million.");
}

std::string_view view_of(Datum value) {
    return call([value] {
        const text *const packed = DatumGetTextPP(value);
        return std::string_view(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
    });
}

Datum total_datum(std::size_t measure, std::int64_t total) {
    if (measure < core::measure_conversions) return Int64GetDatum(total);
    if (total >= money_limit || total <= -money_limit) fail_total();
    return call([total] { return numeric_of_micros(total); });
}

// False when nothing changes.
bool PostBook::add_gains(const Gain *first, const Gain *last) {
    const std::string_view own = view_of(value(currency));
    bool changed = false;
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        std::int64_t gain = 0;
        for (const Gain *part = first; part != last; ++part) {
            if (is_money(measure) && work_.texts.view(part->currency) != own) continue;
            if (__builtin_add_overflow(gain, part->sums[core::rollup::sum_views + measure], &gain))
                fail_total();
        }
        if (gain == 0) continue;
        Datum &cell = value(first_total + measure);
        std::int64_t total = measure < core::measure_conversions
                                 ? DatumGetInt64(cell)
                                 : call([cell] { return micros_of_numeric(cell); });
        if (__builtin_add_overflow(total, gain, &total)) fail_total();
        cell = total_datum(measure, total);
        changed = true;
    }
    return changed;
}

// A simulated post remembers its last generated hour. False when that stays.
bool PostBook::move_last_hour(const PostChange &post) {
    if (post.last_generated == core::rollup::no_posted_at || view_of(value(source)) != "simulated")
        return false;
    if (!null(last_hour) && DatumGetTimestampTz(value(last_hour)) >= post.last_generated) return false;
    set(last_hour, TimestampTzGetDatum(post.last_generated));
    // the same seed gives the same rows whenever they are made
    set(updated_at, TimestampTzGetDatum(post.last_generated + usecs_per_hour));
    return true;
}

// The number of a post, which is added when it is new.
std::int32_t PostBook::settle(const PostChange &post, const Gain *first, const Gain *last) {
    const Datum key[] = {work_.texts[post.user], work_.texts[post.post_id], work_.texts[post.platform]};
    if (posts_.find(key, 3)) {
        const std::int32_t number = DatumGetInt32(value(post_no));
        const bool grew = add_gains(first, last);
        if (grew) set(updated_at, TimestampTzGetDatum(transaction_start()));
        if (move_last_hour(post) || grew) posts_.update();
        return number;
    }
    const std::int32_t number = number_of_text(post);
    describe(post, number);
    add_gains(first, last);
    move_last_hour(post);
    posts_.insert();
    fresh_.emplace(post.post_id, number);
    return number;
}

void PostBook::save_numbers(std::uint32_t user) {
    if (next_ != first_) {
        Table state(work_.extension.schema, "roi_user_state");
        const Datum key = work_.texts[user];
        if (state.find(&key, 1)) {
            state.values()[state.column("next_post_no")] = Int32GetDatum(next_);
            state.update();
        }
        state.close();
    }
    next_ = first_ = 0;
    fresh_.clear();
}

void PostBook::settle_user(const UserShare &share, const std::vector<Gain> &gains) {
    const Gain *next = gains.data(), *const end = gains.data() + gains.size();
    for (const std::uint32_t place : share.posts) { // ascending, as the gains are
        const Gain *const first = next;
        while (next != end && next->post == place)
            ++next;
        const PostChange &post = work_.delta.posts()[place];
        if (work_.texts.view(post.post_id).empty()) continue;
        check_interrupts();
        work_.numbers[place] = settle(post, first, next);
    }
    save_numbers(share.user);
}

bool names_posts(const DeltaWork &work, const UserShare &share) {
    return std::any_of(share.posts.begin(), share.posts.end(), [&](std::uint32_t place) {
        return !work.texts.view(work.delta.posts()[place].post_id).empty();
    });
}

} // namespace

void settle_posts(DeltaWork &work, const std::vector<UserShare> &shares, bool with_totals) {
    std::optional<PostBook> book; // only where there are posts
    for (const UserShare &share : shares) {
        if (work.is_gone(share.user) || !names_posts(work, share)) continue;
        if (!book) book.emplace(work);
        book->settle_user(share, with_totals ? gains_of(work.delta, share) : std::vector<Gain>());
    }
    if (book) book->close();
}

} // namespace roi::store
