// Adds up the cells of a range: by platform, and by bucket of any number of series; converts currencies at the end.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/report/distinct.hpp"
#include "core/report/number.hpp"
#include "core/report/segments.hpp"
#include "core/rollup/parts.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

using rollup::Sums;

enum Set : std::size_t { set_posts, set_earning_posts, set_spending_posts, set_campaigns, set_count };

// A row of the rollup, or one fact. The views belong to whoever made it.
struct Cell {
    Grain grain = Grain::quarter;
    Moment bucket = 0; // a fact's own stamp
    std::string_view platform;
    std::string_view currency;
    Sums sums{};
    std::array<std::string_view, set_count> sets; // bytes of IdSet::write(); empty: the empty set
    std::string_view parts;                       // of a day or month, see core/rollup/parts; empty: unknown
};

// Numbered names in the order of their first appearance.
class Names {
public:
    std::size_t number_of(std::string_view name);
    const std::string &operator[](std::size_t number) const { return names_[number]; }
    std::size_t size() const { return names_.size(); }

private:
    std::vector<std::string> names_;
    std::size_t last_ = 0;
};

// What the columns of a report are made of.
struct Figures {
    Sums sums{};
    std::array<std::uint64_t, set_count> distinct{};
};

// The rate of a currency on a UTC day (days since 1970-01-01), or nullptr.
class Rates {
public:
    void add(const std::string &currency, std::int64_t day, Rate rate);
    const Rate *find(const std::string &currency, std::int64_t day) const;

private:
    std::map<std::string, std::map<std::int64_t, Rate>> rates_;
};

// Which currencies the cells of all reports of an answer hold.
class Currencies {
public:
    // Empty: nothing asked for, then no cell is converted.
    explicit Currencies(std::string asked) : asked_(std::move(asked)) {}
    std::size_t number_of(std::string_view currency) { return names_.number_of(currency); }
    void note(std::size_t currency, const Sums &sums);
    const std::string &operator[](std::size_t number) const { return names_[number]; }
    bool is_foreign(std::string_view currency) const { return !asked_.empty() && currency != asked_; }
    // The one asked for, the only one with money, the only one there is, or empty. Throws Fault::invalid_argument
    // when several hold money and none was asked for.
    std::string settle() const;
    bool is_settled() const { return !asked_.empty() || rich().size() < 2; } // settle() would not throw

private:
    std::set<std::string> rich() const; // those with money

    std::string asked_;
    Names names_;
    std::vector<bool> has_money_;
};

// True when a converted currency would change the cell.
bool has_money(const Sums &sums);

class Tally {
public:
    // One line of buckets; by_platform keeps them apart.
    struct Line {
        std::vector<Moment> starts;
        bool by_platform = false;
    };

    // since and until may be ends of time.
    Tally(Moment since, Moment until, Currencies &currencies);

    std::size_t add_line(std::vector<Moment> starts, bool by_platform = false);

    // What follows the range in its last month: where nothing does, whole buckets stand for cut ones. Empty when the
    // range ends with a month. Asking is for before segments().
    Run tail() const;
    void end_at(Moment moment) { end_ = moment; } // no facts lie between the range's end and this moment

    // The rows to read for all of it.
    const Segments &segments();
    // Takes a row of those; must be called for each exactly once.
    void take(const Cell &cell);

    // After the rows: quarters whose facts must be read one by one, and days in place of foreign months.
    std::vector<Moment> quarters_to_read();
    std::vector<Run> days_to_read() const;
    void take_fact(const Cell &fact);       // of quarters_to_read(); facts outside the range are left out
    void take_foreign_day(const Cell &day); // of days_to_read()

    // At last, until there are none: finer rows in place of those without parts, and divided days.
    std::vector<Run> finer_runs();
    void take_finer(const Cell &cell); // of finer_runs()

    // Currencies and UTC days whose rates convert() wants; then the conversion, which throws Fault::invalid_argument
    // for a currency and day that no rate covers.
    std::set<std::pair<std::string, std::int64_t>> wanted_rates() const;
    void convert(const Rates &rates);

    Moment since() const { return since_; }
    Moment until() const { return until_; }
    const std::string &platform(std::size_t number) const { return platforms_[number]; }
    std::size_t platform_count() const { return platforms_.size(); }
    Figures of_platform(std::size_t number) const;
    Figures total() const;
    // Figures of a bucket: data_points, spend, revenue, revenue_count, roi_sum, roi_count, and distinct posts where wanted.
    Figures of_bucket(std::size_t line, std::size_t bucket, std::size_t platform = 0,
                      bool with_posts = true) const;

private:
    struct Span {
        std::size_t at = 0, size = 0;
        bool is_list = false; // as add_list() of DistinctIds takes it, else as IdSet wrote it
        bool operator==(const Span &other) const { return at == other.at && size == other.size; }
    };
    struct Group {
        Sums sums{};
        std::array<DistinctIds, set_count> sets;
        std::array<Span, set_count> last; // bytes that were merged last: the same again add nothing
        Span last_part;                   // posts of the last part
    };
    struct Slot {
        rollup::PartSums sums{};
        std::uint32_t posts = 0; // the newest of its chain in links_, 1-based
    };
    // A set of posts of a slot, and the one before it.
    struct Link {
        Span span;
        std::uint32_t before;
    };
    struct LineState : Line {
        std::vector<Slot> slots; // by platform, then bucket
        std::size_t last = 0;    // bucket of the last cell: the next one is usually near
    };
    // Where foreign money waits for its rate: line (0: the platforms), slot, UTC day, platform, currency.
    using PendingKey = std::tuple<std::size_t, std::size_t, std::int64_t, std::size_t, std::size_t>;
    // Which of a cell's sums are new: all, or only those of the lines that divide its month.
    enum class Scope { all, lines };
    // Where a cell belongs.
    struct Place {
        std::size_t platform = 0, currency = 0;
        bool is_foreign = false; // its money waits for a rate
    };
    struct HeldCell {
        Cell cell;
        std::string platform, currency;
        std::array<std::string, set_count> sets;
    };

    // Grain, bucket, platform, currency.
    using CellKey = std::tuple<Grain, Moment, std::size_t, std::size_t>;

    std::size_t platform_of(const Cell &cell);
    static bool divides(const LineState &line, Grain grain, Moment bucket);
    void choose_lines(const Cell &cell, Scope scope);
    void fold(const Cell &cell, Scope scope = Scope::all);
    void fold_group(const Cell &cell, const Place &place);
    void fold_slot(std::size_t line, Moment moment, const rollup::PartSums &sums, Span posts,
                   const Place &place);
    void fold_parts(const Cell &cell, const Place &place);
    Span fold_sets(Group &group, const Cell &cell);
    void link_posts(Slot &slot, Span posts);
    std::uint64_t posts_of(const Slot &slot) const;
    std::size_t slot_at(LineState &line, std::size_t platform, Moment moment);
    void hold(const Cell &cell);
    Span keep(std::string_view bytes, Span last);
    Span keep_list(const rollup::PostIds &posts, Span last);
    std::string_view bytes_of(Span span) const { return std::string_view(bytes_).substr(span.at, span.size); }

    Moment since_, until_;
    Moment end_; // at or after until_, without facts in between
    Currencies &currencies_;
    Names platforms_;
    std::vector<Group> groups_;
    std::vector<LineState> lines_;
    Segments segments_;
    bool has_segments_ = false;
    std::string bytes_;       // of the sets that spans refer to
    std::vector<Link> links_; // of all slots
    std::vector<HeldCell> held_;
    std::set<Moment> foreign_months_;
    std::map<PendingKey, Sums> pending_;
    std::map<CellKey, Scope> coarse_, refined_; // rows without parts: finer ones will be read, are being read
    bool has_read_divided_ = false;
    std::vector<std::size_t> whole_lines_, divided_lines_; // of the cell that is folded
    rollup::PartReader reader_;
    mutable DistinctIds scratch_;                            // the posts of the last slot that was asked for,
    mutable std::vector<Span> scratch_spans_, wanted_spans_; // and what they were made of
};

} // namespace roi::core::report
