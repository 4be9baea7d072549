// Sums to measures, by the formulas of the channels.
#include "core/breakdown/measures.hpp"

#include <algorithm>

#include "core/report/columns.hpp"

namespace roi::core::breakdown {
namespace {

// Sums that the details do not keep stay 0: the columns of the channels do not look at them.
report::Figures widened(const rollup::DetailSums &sums, std::uint64_t post_count) {
    report::Figures figures;
    std::copy(sums.begin(), sums.end(), figures.sums.begin());
    figures.distinct[report::set_posts] = post_count;
    return figures;
}

} // namespace

const char *name_of(Measure measure) { return report::channel_columns()[measure].name; }

Value measure_of(Measure measure, const rollup::DetailSums &sums, std::uint64_t post_count) {
    return report::channel_columns()[measure].of(widened(sums, post_count));
}

Figures figures_of(const rollup::DetailSums &sums, std::uint64_t post_count) {
    const report::Figures known = widened(sums, post_count);
    Figures figures;
    std::transform(report::channel_columns().begin(), report::channel_columns().end(), figures.begin(),
                   [&](const report::Column &column) { return column.of(known); });
    return figures;
}

} // namespace roi::core::breakdown
