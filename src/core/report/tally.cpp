// Folds cells into platforms and buckets in one pass.
#include "core/report/tally.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/report/series.hpp"

namespace roi::core::report {
namespace {

using namespace rollup;

// The sums that are amounts of a currency.
constexpr std::size_t part_spend = 1, part_revenue = 2; // places in part_sums
static_assert(part_sums[part_spend] == sum_spend && part_sums[part_revenue] == sum_revenue);
constexpr Sum money_sums[] = {
    sum_spend,         sum_revenue,        sum_cpc,          sum_cpi,         sum_earning_revenue,
    sum_earning_spend, sum_spending_spend, sum_spending_cpc, sum_spending_cpi};

void add_one(std::int64_t &into, std::int64_t value) {
    if (__builtin_add_overflow(into, value, &into))
        throw Error(Fault::out_of_range, "a sum of facts is out of range", {}, "Ask for a shorter range.");
}

} // namespace

bool has_money(const Sums &sums) {
    // The points tell of money that cancels out in the sum.
    return sums[sum_spend] != 0 || sums[sum_revenue] != 0 || sums[sum_cpc] != 0 || sums[sum_cpi] != 0 ||
           sums[sum_earning_points] != 0 || sums[sum_spending_points] != 0;
}

std::size_t Names::number_of(std::string_view name) {
    if (last_ < names_.size() && names_[last_] == name) return last_;
    const auto found = std::find(names_.begin(), names_.end(), name);
    last_ = static_cast<std::size_t>(found - names_.begin());
    if (found == names_.end()) names_.emplace_back(name);
    return last_;
}

void Rates::add(const std::string &currency, std::int64_t day, Rate rate) {
    rates_[currency].emplace(day, std::move(rate));
}

const Rate *Rates::find(const std::string &currency, std::int64_t day) const {
    const auto of_currency = rates_.find(currency);
    if (of_currency == rates_.end()) return nullptr;
    const auto later = of_currency->second.upper_bound(day);
    return later == of_currency->second.begin() ? nullptr : &std::prev(later)->second;
}

void Currencies::note(std::size_t currency, const Sums &sums) {
    if (has_money_.size() <= currency) has_money_.resize(currency + 1);
    if (!has_money_[currency] && has_money(sums)) has_money_[currency] = true;
}

std::set<std::string> Currencies::rich() const {
    std::set<std::string> rich;
    for (std::size_t i = 0; i < names_.size(); ++i)
        if (i < has_money_.size() && has_money_[i]) rich.insert(names_[i]);
    return rich;
}

std::string Currencies::settle() const {
    if (!asked_.empty()) return asked_;
    const std::set<std::string> rich = this->rich();
    if (rich.empty()) return names_.size() == 1 ? names_[0] : std::string();
    if (rich.size() == 1) return *rich.begin();
    std::string list;
    for (const std::string &name : rich)
        list += (list.empty() ? "" : ", ") + name;
    throw Error(Fault::invalid_argument, "the range holds amounts in several currencies",
                "Currencies: " + list + ".", "Pass currency => '...' to convert by roi_exchange_rates.");
}

Tally::Tally(Moment since, Moment until, Currencies &currencies)
    : since_(since), until_(until), end_(until), currencies_(currencies) {}

std::size_t Tally::add_line(std::vector<Moment> starts, bool by_platform) {
    LineState line;
    line.starts = std::move(starts);
    line.by_platform = by_platform;
    if (!by_platform) line.slots.resize(line.starts.size());
    lines_.push_back(std::move(line));
    return lines_.size() - 1;
}

Run Tally::tail() const {
    const Run none{Grain::quarter, until_, until_};
    if (since_ >= until_ || until_ == no_end) return none;
    const Moment month = bucket_of(Grain::month, until_);
    if (month == until_) return none;
    return {Grain::quarter, bucket_of(Grain::quarter, until_), bucket_after(Grain::month, month)};
}

const Segments &Tally::segments() {
    if (has_segments_) return segments_;
    has_segments_ = true;
    std::vector<Moment> divisions;
    for (const LineState &line : lines_)
        for (const Moment start : line.starts)
            if (start > since_ && start < until_) divisions.push_back(start);
    std::sort(divisions.begin(), divisions.end());
    divisions.erase(std::unique(divisions.begin(), divisions.end()), divisions.end());
    if (since_ < until_) segments_ = segments_of(since_, end_, divisions);
    return segments_;
}

void Tally::take(const Cell &cell) {
    if (cell.grain == Grain::quarter && !segments_.halved.empty() && segments_.is_halved(cell.bucket))
        hold(cell);
    else if (cell.grain == Grain::month && currencies_.is_foreign(cell.currency))
        foreign_months_.insert(cell.bucket);
    else
        fold(cell);
}

void Tally::hold(const Cell &cell) {
    HeldCell held{cell, std::string(cell.platform), std::string(cell.currency), {}};
    for (std::size_t i = 0; i < set_count; ++i)
        held.sets[i] = cell.sets[i];
    held_.push_back(std::move(held));
}

std::vector<Moment> Tally::quarters_to_read() {
    std::set<Moment> torn;
    for (const HeldCell &held : held_)
        if (held.cell.sums[sum_quarter_points] != held.cell.sums[sum_data_points])
            torn.insert(held.cell.bucket);
    for (HeldCell &held : held_) {
        if (torn.count(held.cell.bucket) != 0) continue;
        held.cell.platform = held.platform;
        held.cell.currency = held.currency;
        for (std::size_t i = 0; i < set_count; ++i)
            held.cell.sets[i] = held.sets[i];
        take_fact(held.cell); // all its rows are stamped at its start
    }
    held_.clear();
    return {torn.begin(), torn.end()};
}

std::vector<Run> Tally::days_to_read() const {
    std::vector<Run> runs;
    for (const Moment month : foreign_months_) {
        const Moment next = bucket_after(Grain::month, month);
        if (!runs.empty() && runs.back().until == month)
            runs.back().until = next;
        else
            runs.push_back({Grain::day, month, next});
    }
    return runs;
}

void Tally::take_fact(const Cell &fact) {
    if (fact.bucket >= since_ && fact.bucket < until_) fold(fact);
}

void Tally::take_foreign_day(const Cell &day) {
    if (currencies_.is_foreign(day.currency)) fold(day);
}

// Finer rows in place of those that could not be folded, and the divided days of months that could.
std::vector<Run> Tally::finer_runs() {
    std::vector<Run> wanted, runs;
    for (const auto &[key, scope] : coarse_) {
        const auto grain = std::get<0>(key);
        wanted.push_back(
            {rollup::part_grain(grain), std::get<1>(key), bucket_after(grain, std::get<1>(key))});
    }
    if (!has_read_divided_)
        for (const Moment day : segments_.divided)
            wanted.push_back({Grain::day, day, bucket_after(Grain::day, day)});
    has_read_divided_ = true;
    refined_ =
        std::move(coarse_); // only what these runs are for: a day may be read again for another currency
    coarse_.clear();
    std::sort(wanted.begin(), wanted.end(), [](const Run &a, const Run &b) {
        return std::pair(a.grain, a.since) < std::pair(b.grain, b.since);
    });
    for (const Run &run : wanted) {
        const bool goes_on =
            !runs.empty() && runs.back().grain == run.grain && runs.back().until >= run.since;
        if (goes_on)
            runs.back().until = std::max(runs.back().until, run.until);
        else
            runs.push_back(run);
    }
    return runs;
}

void Tally::take_finer(const Cell &cell) {
    const Grain coarser = cell.grain == Grain::quarter ? Grain::day : Grain::month;
    const Moment bucket = bucket_of(coarser, cell.bucket);
    const auto found =
        refined_.find({coarser, bucket, platform_of(cell), currencies_.number_of(cell.currency)});
    const bool is_late = currencies_.is_foreign(cell.currency) && foreign_months_.count(bucket) != 0;
    if (found != refined_.end())
        fold(cell, found->second);
    else if (cell.grain == Grain::day && segments_.is_divided(cell.bucket) && !is_late)
        fold(cell, Scope::lines);
}

Tally::Span Tally::keep(std::string_view bytes, Span last) {
    if (bytes.empty()) return {};
    if (bytes_of(last) == bytes) return last;
    const Span span{bytes_.size(), bytes.size()};
    bytes_.append(bytes);
    return span;
}

Tally::Span Tally::keep_list(const rollup::PostIds &posts, Span last) {
    const std::string_view bytes(reinterpret_cast<const char *>(posts.data()),
                                 posts.size() * sizeof posts[0]);
    Span span = keep(bytes, last);
    span.is_list = true;
    return span;
}

Tally::Span Tally::fold_sets(Group &group, const Cell &cell) {
    for (std::size_t i = 0; i < set_count; ++i) {
        const Span span = keep(cell.sets[i], group.last[i]);
        if (span.size == 0 || span == group.last[i]) continue;
        group.sets[i].add(bytes_of(span), i == set_campaigns ? IdWidth::wide : IdWidth::narrow);
        group.last[i] = span;
    }
    return cell.sets[set_posts].empty() ? Span() : group.last[set_posts];
}

// The slot of a moment at or after the first start.
std::size_t Tally::slot_at(LineState &line, std::size_t platform, Moment moment) {
    const auto &starts = line.starts;
    const auto fits = [&](std::size_t bucket) {
        return starts[bucket] <= moment && (bucket + 1 == starts.size() || moment < starts[bucket + 1]);
    };
    if (line.last + 1 < starts.size() && !fits(line.last) && fits(line.last + 1)) ++line.last;
    if (!fits(line.last)) {
        const auto later = std::upper_bound(starts.begin(), starts.end(), moment);
        if (later == starts.begin()) throw std::logic_error("a cell lies before its series");
        line.last = static_cast<std::size_t>(later - starts.begin()) - 1;
    }
    if (!line.by_platform) return line.last;
    if (line.slots.size() < (platform + 1) * starts.size()) line.slots.resize((platform + 1) * starts.size());
    return platform * starts.size() + line.last;
}

void Tally::link_posts(Slot &slot, Span posts) {
    // The sets of a bucket's hours are mostly the same few: a look at the last ones spares most of the links.
    std::uint32_t link = slot.posts;
    for (int seen = 0; link != 0 && seen < 8; ++seen, link = links_[link - 1].before)
        if (links_[link - 1].span == posts) return;
    links_.push_back({posts, slot.posts});
    slot.posts = static_cast<std::uint32_t>(links_.size());
}

std::size_t Tally::platform_of(const Cell &cell) {
    const std::size_t platform = platforms_.number_of(cell.platform);
    if (platform == groups_.size()) groups_.emplace_back();
    return platform;
}

// Whether buckets of the line begin inside a row.
bool Tally::divides(const LineState &line, Grain grain, Moment bucket) {
    if (grain == Grain::quarter) return false;
    const auto later = std::upper_bound(line.starts.begin(), line.starts.end(), bucket);
    return later != line.starts.end() && *later < bucket_after(grain, bucket);
}

// Sorts the lines of a scope by whether the cell divides among their buckets.
void Tally::choose_lines(const Cell &cell, Scope scope) {
    whole_lines_.clear();
    divided_lines_.clear();
    for (std::size_t line = 0; line < lines_.size(); ++line) {
        if (scope == Scope::lines &&
            !divides(lines_[line], Grain::month, bucket_of(Grain::month, cell.bucket)))
            continue;
        (divides(lines_[line], cell.grain, cell.bucket) ? divided_lines_ : whole_lines_).push_back(line);
    }
}

// Adds a cell to its platform and to the slots.
void Tally::fold(const Cell &cell, Scope scope) {
    Place place{platform_of(cell), currencies_.number_of(cell.currency), false};
    choose_lines(cell, scope);
    if (!divided_lines_.empty() && cell.parts.empty()) {
        coarse_[{cell.grain, cell.bucket, place.platform, place.currency}] = scope;
        return;
    }
    place.is_foreign = currencies_.is_foreign(cell.currency) && has_money(cell.sums);
    const Span posts = fold_sets(groups_[place.platform], cell);
    if (scope == Scope::all) fold_group(cell, place);
    const rollup::PartSums sums = rollup::part_sums_of(cell.sums);
    for (const std::size_t line : whole_lines_)
        fold_slot(line, cell.bucket, sums, posts, place);
    if (!divided_lines_.empty()) fold_parts(cell, place);
}

void Tally::fold_group(const Cell &cell, const Place &place) {
    currencies_.note(place.currency, cell.sums);
    Sums &group = groups_[place.platform].sums;
    if (!place.is_foreign) return add(group, cell.sums);
    Sums native = cell.sums, foreign{};
    for (const Sum sum : money_sums)
        std::swap(native[sum], foreign[sum]);
    add(group, native);
    add(pending_[{0, place.platform, local_day(cell.bucket), place.platform, place.currency}], foreign);
}

void Tally::fold_parts(const Cell &cell, const Place &place) {
    Group &group = groups_[place.platform];
    Span posts;
    bool has_new_posts = false;
    reader_.open(cell.parts);
    while (reader_.next()) {
        has_new_posts = has_new_posts || reader_.has_new_posts();
        const Moment start = rollup::part_start(cell.grain, cell.bucket, reader_.part());
        if (cell.grain == Grain::month && segments_.is_divided(start)) continue; // its own row tells
        if (has_new_posts) {
            posts = reader_.posts().empty() ? Span() : keep_list(reader_.posts(), group.last_part);
            if (posts.size != 0) group.last_part = posts;
        }
        has_new_posts = false;
        for (const std::size_t line : divided_lines_)
            fold_slot(line, start, reader_.sums(), posts, place);
    }
}

void Tally::fold_slot(std::size_t line, Moment moment, const rollup::PartSums &sums, Span posts,
                      const Place &place) {
    const std::size_t at = slot_at(lines_[line], place.platform, moment);
    Slot &slot = lines_[line].slots[at];
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const bool waits = place.is_foreign && (i == part_spend || i == part_revenue);
        if (waits && sums[i] != 0)
            add_one(pending_[{line + 1, at, local_day(moment), place.platform, place.currency}][part_sums[i]],
                    sums[i]);
        else if (!waits)
            add_one(slot.sums[i], sums[i]);
    }
    if (posts.size != 0) link_posts(slot, posts);
}

std::set<std::pair<std::string, std::int64_t>> Tally::wanted_rates() const {
    std::set<std::pair<std::string, std::int64_t>> wanted;
    for (const auto &[key, money] : pending_)
        wanted.emplace(currencies_[std::get<4>(key)], std::get<2>(key));
    return wanted;
}

void Tally::convert(const Rates &rates) {
    for (const auto &[currency, day] : wanted_rates())
        if (rates.find(currency, day) == nullptr) {
            std::string date;
            append_date(date, day);
            throw Error(Fault::invalid_argument, "no exchange rate covers the range",
                        std::string("No rate for ").append(currency).append(" on ").append(date).append("."),
                        "Insert the rates into roi_exchange_rates.");
        }
    for (const auto &[key, money] : pending_) {
        const auto &[line, slot, day, platform, currency] = key;
        const Rate &rate = *rates.find(currencies_[currency], day);
        Sums converted{};
        for (const Sum sum : money_sums)
            if (money[sum] != 0) converted[sum] = rate.apply(money[sum]);
        if (line == 0) {
            add(groups_[slot].sums, converted);
            continue;
        }
        for (std::size_t j = 0; j < part_sums.size(); ++j)
            add_one(lines_[line - 1].slots[slot].sums[j], converted[part_sums[j]]);
    }
    pending_.clear();
}

Figures Tally::of_platform(std::size_t number) const {
    Figures figures;
    figures.sums = groups_[number].sums;
    for (std::size_t i = 0; i < set_count; ++i)
        figures.distinct[i] = groups_[number].sets[i].size();
    return figures;
}

Figures Tally::total() const {
    Figures figures;
    std::array<DistinctIds, set_count> sets;
    for (const Group &group : groups_) {
        add(figures.sums, group.sums);
        for (std::size_t i = 0; i < set_count; ++i)
            sets[i].merge(group.sets[i]);
    }
    for (std::size_t i = 0; i < set_count; ++i)
        figures.distinct[i] = sets[i].size();
    return figures;
}

std::uint64_t Tally::posts_of(const Slot &slot) const {
    wanted_spans_.clear();
    for (std::uint32_t link = slot.posts; link != 0; link = links_[link - 1].before)
        wanted_spans_.push_back(links_[link - 1].span);
    if (wanted_spans_ == scratch_spans_) return scratch_.size();
    scratch_spans_ = wanted_spans_;
    scratch_.clear();
    for (const Span span : wanted_spans_)
        span.is_list ? scratch_.add_list(bytes_of(span)) : scratch_.add(bytes_of(span), IdWidth::narrow);
    return scratch_.size();
}

Figures Tally::of_bucket(std::size_t line, std::size_t bucket, std::size_t platform, bool with_posts) const {
    const LineState &state = lines_[line];
    const std::size_t at = state.by_platform ? platform * state.starts.size() + bucket : bucket;
    Figures figures;
    if (at >= state.slots.size()) return figures;
    const Slot &slot = state.slots[at];
    for (std::size_t j = 0; j < part_sums.size(); ++j)
        figures.sums[part_sums[j]] = slot.sums[j];
    if (with_posts) figures.distinct[set_posts] = posts_of(slot);
    return figures;
}

} // namespace roi::core::report
