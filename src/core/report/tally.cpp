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
    if (since_ >= until_) return segments_;
    std::vector<Moment> cuts{since_, end_};
    for (const LineState &line : lines_)
        for (const Moment start : line.starts)
            if (start > since_ && start < until_) cuts.push_back(start);
    std::sort(cuts.begin(), cuts.end());
    segments_ = segments_of(cuts);
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

Tally::Span Tally::keep(std::string_view bytes, Span last) {
    if (bytes.empty()) return {};
    if (bytes_of(last) == bytes) return last;
    const Span span{bytes_.size(), bytes.size()};
    bytes_.append(bytes);
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

// Adds sums to the platform and the slots, and foreign money to what waits for its rate.
void Tally::fold(const Cell &cell) {
    const std::size_t platform = platforms_.number_of(cell.platform);
    if (platform == groups_.size()) groups_.emplace_back();
    const std::size_t currency = currencies_.number_of(cell.currency);
    currencies_.note(currency, cell.sums);
    const Span posts = fold_sets(groups_[platform], cell);
    if (!currencies_.is_foreign(cell.currency) || !has_money(cell.sums))
        return fold_sums(platform, cell, cell.sums, posts, nullptr);
    Sums native = cell.sums, foreign{};
    for (const Sum sum : money_sums)
        std::swap(native[sum], foreign[sum]);
    const Foreign money{foreign, currency, local_day(cell.bucket)};
    fold_sums(platform, cell, native, posts, &money);
}

void Tally::fold_sums(std::size_t platform, const Cell &cell, const Sums &sums, Span posts,
                      const Foreign *foreign) {
    add(groups_[platform].sums, sums);
    const auto wait = [&](std::size_t line, std::size_t slot) {
        if (foreign != nullptr)
            add(pending_[{line, slot, foreign->day, platform, foreign->currency}], foreign->money);
    };
    wait(0, platform);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::size_t at = slot_at(lines_[i], platform, cell.bucket);
        Slot &slot = lines_[i].slots[at];
        for (std::size_t j = 0; j < slot_sums.size(); ++j)
            add_one(slot.sums[j], sums[slot_sums[j]]);
        if (posts.size != 0) link_posts(slot, posts);
        wait(i + 1, at);
    }
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
                        "No rate for " + currency + " on " + date + ".",
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
        for (std::size_t j = 0; j < slot_sums.size(); ++j)
            add_one(lines_[line - 1].slots[slot].sums[j], converted[slot_sums[j]]);
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
        scratch_.add(bytes_of(span), IdWidth::narrow);
    return scratch_.size();
}

Figures Tally::of_bucket(std::size_t line, std::size_t bucket, std::size_t platform) const {
    const LineState &state = lines_[line];
    const std::size_t at = state.by_platform ? platform * state.starts.size() + bucket : bucket;
    Figures figures;
    if (at >= state.slots.size()) return figures;
    const Slot &slot = state.slots[at];
    for (std::size_t j = 0; j < slot_sums.size(); ++j)
        figures.sums[slot_sums[j]] = slot.sums[j];
    figures.distinct[set_posts] = posts_of(slot);
    return figures;
}

} // namespace roi::core::report
