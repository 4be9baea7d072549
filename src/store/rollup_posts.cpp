// roi_posts as a delta changes it, row by row through the primary key.
#include "store/rollup_posts.hpp"

#include <algorithm>
#include <limits>
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

constexpr std::array<const char *, core::measure_count> total_columns{
    "views",       "likes",       "comments", "shares",           "saves", "clicks", "paid_views",
    "paid_clicks", "conversions", "ad_spend", "revenue_generated"};
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

// roi_posts and the numbers that are still free, for one user.
class PostBook {
public:
    PostBook(const Extension &extension, const Delta &delta, Texts &texts, std::uint32_t user)
        : extension_(extension), delta_(delta), texts_(texts), user_(user),
          posts_(extension.schema, "roi_posts"), number_(posts_.column("post_no")),
          currency_(posts_.column("currency")) {
        for (std::size_t i = 0; i < total_columns.size(); ++i)
            totals_[i] = posts_.column(total_columns[i]);
        updated_at_ = posts_.column("updated_at");
        source_ = posts_.column("source");
        last_hour_ = posts_.column("last_hour");
    }

    // The number of a post, which is added when it is new; 0 when nothing says what it is.
    std::int32_t settle(const PostChange &post, const Gain *first, const Gain *last);
    void close();

private:
    std::int32_t number_of_text(std::uint32_t post_id);
    std::int32_t next_number();
    void describe(const PostChange &post, std::int32_t number);
    bool add_gains(const Gain *first, const Gain *last);
    bool move_last_hour(const PostChange &post);
    void set(const char *column, Datum value, bool is_null = false) {
        const int place = posts_.column(column);
        posts_.values()[place] = value;
        posts_.nulls()[place] = is_null;
    }
    void set_text(const char *column, std::uint32_t text) {
        set(column, texts_[text], texts_.view(text).empty());
    }

    const Extension &extension_;
    const Delta &delta_;
    Texts &texts_;
    std::uint32_t user_;
    Table posts_;
    int number_, currency_, updated_at_ = 0, source_ = 0, last_hour_ = 0;
    std::array<int, core::measure_count> totals_{};
    std::unordered_map<std::uint32_t, std::int32_t> fresh_; // post_id text to number, of posts added here
    std::int32_t next_ = 0, first_ = 0;                     // free numbers, 0: not yet asked
};

std::int32_t read_next_number(const Extension &extension, Datum user) {
    Table state(extension.schema, "roi_user_state");
    const int column = state.column("next_post_no");
    const bool found = state.find(&user, 1);
    const std::int32_t next = found ? DatumGetInt32(state.values()[column]) : 0;
    state.close();
    if (!found)
        fail(ERRCODE_T_R_SERIALIZATION_FAILURE, "the user disappeared while facts were written", "",
             "Run the transaction again.");
    return next;
}

std::int32_t PostBook::next_number() {
    if (first_ == 0) first_ = next_ = read_next_number(extension_, texts_[user_]);
    if (next_ == std::numeric_limits<std::int32_t>::max())
        fail(ERRCODE_PROGRAM_LIMIT_EXCEEDED, "a user has 2,147,483,646 posts already", "",
             "Spread the posts over several users.");
    return next_++;
}

std::int32_t PostBook::number_of_text(std::uint32_t post_id) {
    const auto known = fresh_.find(post_id);
    if (known != fresh_.end()) return known->second;
    const Datum key[] = {texts_[user_], texts_[post_id]};
    const bool found = posts_.find(key, 2);
    return found ? DatumGetInt32(posts_.values()[number_]) : next_number();
}

void PostBook::describe(const PostChange &post, std::int32_t number) {
    posts_.blank();
    set("user_id", texts_[user_]);
    set("post_id", texts_[post.post_id]);
    set("platform", texts_[post.platform]);
    set("post_no", Int32GetDatum(number));
    set("campaign_id", Int64GetDatum(post.campaign), post.campaign == 0);
    set_text("content_type", post.content_type);
    set_text("content_category", post.content_category);
    set("posted_at", TimestampTzGetDatum(post.posted_at), post.posted_at == core::rollup::no_posted_at);
    set_text("source", post.source);
    set_text("currency", post.currency);
    const Datum now = TimestampTzGetDatum(call([] { return GetCurrentTransactionStartTimestamp(); }));
    set("created_at", now);
    set("updated_at", now);
    const Datum zero = call([] { return numeric_of_micros(0); });
    for (std::size_t i = 0; i < core::measure_count; ++i) {
        posts_.values()[totals_[i]] = i >= core::measure_conversions ? zero : Int64GetDatum(0);
        posts_.nulls()[totals_[i]] = false;
    }
}

Datum total_datum(std::size_t measure, std::int64_t total) {
    if (measure < core::measure_conversions) return Int64GetDatum(total);
    if (total >= money_limit || total <= -money_limit)
        throw core::Error(core::Fault::out_of_range, "a post's running total is out of range", {},
                          "A sum of money of a post stays below a million million.");
    return call([total] { return numeric_of_micros(total); });
}

// False when nothing changes.
bool PostBook::add_gains(const Gain *first, const Gain *last) {
    const Datum currency = posts_.values()[currency_];
    const std::string_view own = call([currency] {
        const text *const packed = DatumGetTextPP(currency);
        return std::string_view(VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
    });
    bool changed = false;
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        std::int64_t gain = 0;
        for (const Gain *part = first; part != last; ++part) {
            if (is_money(measure) && texts_.view(part->currency) != own) continue;
            if (__builtin_add_overflow(gain, part->sums[core::rollup::sum_views + measure], &gain))
                throw core::Error(core::Fault::out_of_range, "a post's running total is out of range");
        }
        if (gain == 0) continue;
        Datum &cell = posts_.values()[totals_[measure]];
        std::int64_t total = measure < core::measure_conversions
                                 ? DatumGetInt64(cell)
                                 : call([cell] { return micros_of_numeric(cell); });
        if (__builtin_add_overflow(total, gain, &total))
            throw core::Error(core::Fault::out_of_range, "a post's running total is out of range", {},
                              "A count of a post stays below 9.2e18.");
        cell = total_datum(measure, total);
        changed = true;
    }
    return changed;
}

// A simulated post remembers its last generated hour. False when that stays.
bool PostBook::move_last_hour(const PostChange &post) {
    if (post.last_simulated == core::rollup::no_posted_at) return false;
    const Datum source = posts_.values()[source_];
    if (call([source] { return strcmp(TextDatumGetCString(source), "simulated"); }) != 0) return false;
    const Datum last = posts_.values()[last_hour_];
    if (!posts_.nulls()[last_hour_] && DatumGetTimestampTz(last) >= post.last_simulated) return false;
    posts_.values()[last_hour_] = TimestampTzGetDatum(post.last_simulated);
    posts_.nulls()[last_hour_] = false;
    return true;
}

std::int32_t PostBook::settle(const PostChange &post, const Gain *first, const Gain *last) {
    const Datum key[] = {texts_[user_], texts_[post.post_id], texts_[post.platform]};
    if (posts_.find(key, 3)) {
        const std::int32_t number = DatumGetInt32(posts_.values()[number_]);
        const bool grew = add_gains(first, last);
        const bool went_on = move_last_hour(post);
        if (grew || went_on) {
            posts_.values()[updated_at_] =
                TimestampTzGetDatum(went_on ? post.last_simulated + usecs_per_hour
                                            : call([] { return GetCurrentTransactionStartTimestamp(); }));
            posts_.update();
        }
        return number;
    }
    if (!post.is_written) return 0;
    const std::int32_t number = number_of_text(post.post_id);
    describe(post, number);
    add_gains(first, last);
    move_last_hour(post);
    posts_.insert();
    fresh_.emplace(post.post_id, number);
    return number;
}

void PostBook::close() {
    posts_.close();
    if (next_ == first_) return;
    Table state(extension_.schema, "roi_user_state");
    const Datum user = texts_[user_];
    if (state.find(&user, 1)) {
        state.values()[state.column("next_post_no")] = Int32GetDatum(next_);
        state.update();
    }
    state.close();
}

} // namespace

bool settle_posts(const Extension &extension, Delta &delta, const UserShare &share, Texts &texts,
                  bool with_totals, std::vector<std::int32_t> &numbers) {
    const bool has_posts = std::any_of(share.posts.begin(), share.posts.end(), [&](std::uint32_t place) {
        return !texts.view(delta.posts()[place].post_id).empty();
    });
    if (!has_posts) return true;
    const std::vector<Gain> gains = with_totals ? gains_of(delta, share) : std::vector<Gain>();
    const Gain *next = gains.data(), *const end = gains.data() + gains.size();
    PostBook book(extension, delta, texts, share.user);
    bool complete = true;
    for (const std::uint32_t place : share.posts) { // ascending, as the gains are
        const Gain *const first = next;
        while (next != end && next->post == place)
            ++next;
        const PostChange &post = delta.posts()[place];
        if (texts.view(post.post_id).empty()) continue;
        check_interrupts();
        numbers[place] = book.settle(post, first, next);
        complete = complete && numbers[place] != 0;
    }
    book.close();
    return complete;
}

} // namespace roi::store
