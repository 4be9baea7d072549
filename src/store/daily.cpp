// Reads days and hours through the rollup, in one currency.
#include <algorithm>

#include "core/row.hpp"

#include "store/daily.hpp"
#include "store/rollup_reader.hpp"

namespace roi::store {

using namespace bridge;
using core::analytics::HourlyDay;
using core::report::Currencies;
using core::report::Moment;
using core::report::Tally;
using core::report::usecs_per_day;

namespace {

constexpr Moment usecs_per_hour = usecs_per_day / 24;
constexpr std::int64_t days_to_2000 = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

double units_of(std::int64_t micros) {
    return static_cast<double>(micros) / static_cast<double>(core::micros_per_unit);
}

std::int64_t day_at(Moment moment, const ZoneClock &clock) {
    return core::report::local_day(clock.to_local(moment));
}

// The tally's cells, and the currency that they are in now.
std::string read_into(const Question &question, Currencies &currencies, Tally &tally) {
    read_cells(question.extension, question.user_id, {&tally});
    return settle_currency(question.extension, currencies, {&tally});
}

} // namespace

Moment start_of_day(std::int64_t day, const ZoneClock &clock) {
    return core::report::first_moment((day - days_to_2000) * usecs_per_day, clock);
}

std::int64_t present_day(const ZoneClock &clock) {
    return day_at(call([] { return GetCurrentTransactionStartTimestamp(); }), clock);
}

WholeDays whole_days(const Question &question, std::size_t most) {
    const ZoneClock &clock = *question.clock;
    const Extent extent = extent_of(question.extension, question.user_id);
    if (!extent.any) return {};
    const auto first_whole = [&](Moment moment) {
        const std::int64_t day = day_at(moment, clock);
        return start_of_day(day, clock) == moment ? day : day + 1;
    };
    std::int64_t first = first_whole(extent.since), end = day_at(extent.until - 1, clock) + 1;
    if (question.range.since != core::report::no_begin && question.range.since > extent.since)
        first = question.range.since >= extent.until ? end : first_whole(question.range.since);
    if (question.range.until != core::report::no_end && question.range.until < extent.until)
        end = question.range.until <= extent.since ? first : day_at(question.range.until, clock);
    end = std::min(end, present_day(clock));
    first = std::max(first, end - static_cast<std::int64_t>(most));
    if (first >= end) return {};
    WholeDays days;
    days.first_day = first;
    for (std::int64_t day = first; day <= end; ++day)
        days.starts.push_back(start_of_day(day, clock));
    return days;
}

Daily read_daily(const Question &question, const WholeDays &days) {
    Daily daily;
    daily.days = days;
    daily.currency = question.currency;
    if (days.count() == 0) return daily;
    Currencies currencies(question.currency);
    Tally tally(days.starts.front(), days.starts.back(), currencies);
    const std::size_t line = tally.add_line({days.starts.begin(), days.starts.end() - 1});
    daily.currency = read_into(question, currencies, tally);
    for (std::size_t i = 0; i < days.count(); ++i) {
        const core::report::Figures figures = tally.of_bucket(line, i, 0, false);
        daily.revenue.push_back(units_of(figures.sums[core::rollup::sum_revenue]));
        daily.spend.push_back(units_of(figures.sums[core::rollup::sum_spend]));
    }
    return daily;
}

std::vector<HourlyDay> read_hours(const Question &question, const WholeDays &days, bool of_spend) {
    std::vector<HourlyDay> hours(days.count());
    if (hours.empty()) return hours;
    const ZoneClock &clock = *question.clock;
    std::vector<Moment> starts;
    std::vector<std::pair<std::size_t, std::size_t>> places; // day, hour
    for (std::size_t day = 0; day < days.count(); ++day)
        for (Moment at = days.starts[day]; at < days.starts[day + 1]; at += usecs_per_hour) {
            const Moment local = clock.to_local(at) % usecs_per_day;
            const auto hour =
                static_cast<std::size_t>((local < 0 ? local + usecs_per_day : local) / usecs_per_hour);
            starts.push_back(at);
            places.emplace_back(day, hour);
            hours[day].hours[hour] += 1;
        }
    Currencies currencies(question.currency);
    Tally tally(days.starts.front(), days.starts.back(), currencies);
    const std::size_t line = tally.add_line(std::move(starts));
    read_into(question, currencies, tally);
    const auto sum = of_spend ? core::rollup::sum_spend : core::rollup::sum_revenue;
    for (std::size_t i = 0; i < places.size(); ++i)
        hours[places[i].first].sums[places[i].second] +=
            units_of(tally.of_bucket(line, i, 0, false).sums[sum]);
    return hours;
}

} // namespace roi::store
