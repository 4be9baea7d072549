// Reads a range once for whoever asks, and orders what came out.
#include "api/answer.hpp"

#include <algorithm>

namespace roi::api {

using namespace bridge;
using namespace core::report;

Answer::Answer(store::Question question)
    : question_(std::move(question)), currencies_(question_.currency),
      tally_(question_.range.since, question_.range.until, currencies_) {}

Bounds Answer::bounds() {
    Bounds bounds{question_.range.since, question_.range.until};
    if (bounds.since != no_begin && bounds.until != no_end) return bounds;
    if (!has_extent_) extent_ = store::extent_of(question_.extension, question_.user_id);
    has_extent_ = true;
    if (!extent_.any) return {};
    if (bounds.since == no_begin) bounds.since = std::min(extent_.since, bounds.until);
    if (bounds.until == no_end) bounds.until = std::max(extent_.until, bounds.since);
    return bounds;
}

Series Answer::add_series(Bucket bucket, std::size_t &line) {
    const Bounds over = bounds();
    Series series = store::series_of(bucket, over.since, over.until, *question_.clock);
    line = tally_.add_line(series.starts);
    return series;
}

void Answer::read(std::vector<Tally *> more, Tally *other) {
    more.insert(more.begin(), &tally_);
    std::vector<Tally *> all = more;
    if (other != nullptr) all.push_back(other);
    is_of_cells_ =
        store::read_cells(question_.extension, question_.user_id, all) &&
        std::all_of(all.begin(), all.end(), [](const Tally *each) { return each->wanted_rates().empty(); });
    currency_ = store::settle_currency(question_.extension, currencies_, more);
}

std::vector<std::size_t> named_platforms(const Tally &tally) {
    std::vector<std::size_t> order(tally.platform_count());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return tally.platform(a) < tally.platform(b); });
    return order;
}

std::vector<std::size_t> ranked_platforms(const Tally &tally, const Column &column) {
    std::vector<std::size_t> order = named_platforms(tally);
    std::vector<Value> values;
    for (std::size_t i = 0; i < order.size(); ++i)
        values.push_back(column.of(tally.of_platform(i)));
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return compare_descending(values[a], values[b]) < 0;
    });
    return order;
}

Bucket chosen_bucket(const store::Range &range) {
    Bucket bucket = Bucket::day;
    bucket_from(range.bucket, bucket);
    return bucket;
}

std::vector<std::int64_t> days_of(const Series &series, const store::ZoneClock &clock) {
    std::vector<std::int64_t> days;
    days.reserve(series.starts.size());
    for (const Moment start : series.starts)
        days.push_back(local_day(clock.to_local(start)));
    return days;
}

std::int64_t last_day_of(Moment until, const store::ZoneClock &clock) {
    return local_day(clock.to_local(until - 1));
}

std::vector<std::vector<std::string>> markers_of(const store::Campaigns &campaigns,
                                                 const std::vector<std::int64_t> &days) {
    std::vector<std::vector<std::string>> markers(days.size());
    for (const auto &[day, name] : campaigns) {
        const auto later = std::upper_bound(days.begin(), days.end(), day);
        if (later != days.begin())
            markers[static_cast<std::size_t>(later - days.begin()) - 1].push_back(name);
    }
    for (auto &names : markers)
        std::sort(names.begin(), names.end());
    return markers;
}

std::int64_t year_at(Moment moment, const store::ZoneClock &clock) {
    return year_of_day(local_day(clock.to_local(moment)));
}

Year year_of(std::int64_t year, const store::ZoneClock &clock) {
    if (year < 1 || year > 9999)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "year must lie between 1 and 9999",
             "It is " + std::to_string(year) + ".", "Such as 2026.");
    // From within the year: its first month starts wherever the zone has it.
    const Moment local = first_of_year(year), next = first_of_year(year + 1);
    Year result;
    result.since = first_moment(local, clock);
    result.until = first_moment(next, clock);
    result.starts = store::series_of(Bucket::month, result.since, result.until, clock).starts;
    const Moment now = call([] { return GetCurrentTransactionStartTimestamp(); });
    if (now < result.until)
        result.present_month = static_cast<int>(
            std::upper_bound(result.starts.begin(), result.starts.end(), now) - result.starts.begin());
    return result;
}

std::size_t shown_months(const Year &year, const Tally &tally) {
    auto shown = static_cast<std::size_t>(year.present_month);
    for (std::size_t month = shown; month < year.starts.size(); ++month)
        for (std::size_t platform = 0; platform < tally.platform_count(); ++platform)
            if (tally.of_bucket(0, month, platform).sums[core::rollup::sum_data_points] != 0)
                shown = month + 1;
    return shown;
}

} // namespace roi::api
