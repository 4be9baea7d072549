// Sums to measures: the plan's columns and ours.
#include "core/breakdown/measures.hpp"

#include <algorithm>

namespace roi::core::breakdown {

using report::count_of;
using report::Int128;
using report::money_of;

const std::array<const char *, measure_count> measure_names{"revenue",
                                                            "spend",
                                                            "profit",
                                                            "avg_roi",
                                                            "avg_roas",
                                                            "roi",
                                                            "roas",
                                                            "impressions",
                                                            "engagement",
                                                            "posts",
                                                            "total_clicks",
                                                            "engagement_rate",
                                                            "click_through_rate",
                                                            "efficiency_score",
                                                            "conversions",
                                                            "data_points"};

namespace {

void put_returns(const rollup::DetailSums &sums, Figures &figures) {
    const std::int64_t earned = sums[rollup::sum_revenue], spent = sums[rollup::sum_spend];
    const Int128 gained = Int128{earned} - spent;
    figures[revenue] = money_of(earned);
    figures[spend] = money_of(spent);
    figures[profit] = money_of(gained);
    figures[avg_roi] = report::mean(sums[rollup::sum_roi], sums[rollup::sum_roi_count]);
    figures[avg_roas] = report::mean(sums[rollup::sum_roas], sums[rollup::sum_roas_count]);
    if (sums[rollup::sum_revenue_count] == 0) return; // no row reports revenue: unlike revenue of 0
    figures[roi] = report::ratio(gained * 100, spent);
    figures[roas] = report::ratio(earned, spent);
}

} // namespace

Figures figures_of(const rollup::DetailSums &sums, std::uint64_t post_count) {
    Figures figures;
    put_returns(sums, figures);
    const std::int64_t shown = sums[rollup::sum_views], reactions = sums[rollup::sum_engagement];
    figures[impressions] = count_of(shown);
    figures[engagement] = count_of(reactions);
    figures[posts] = count_of(static_cast<Int128>(post_count));
    figures[total_clicks] = count_of(sums[rollup::sum_clicks]);
    figures[engagement_rate] = report::ratio_or_zero(Int128{reactions} * 100, shown);
    figures[click_through_rate] = report::ratio_or_zero(Int128{sums[rollup::sum_clicks]} * 100, shown);
    figures[efficiency_score] =
        report::mean(Int128{sums[rollup::sum_roi]} * reactions,
                     Int128{sums[rollup::sum_roi_count]} * std::max<std::int64_t>(shown, 1));
    figures[conversions] = report::free_of(sums[rollup::sum_conversions]);
    figures[data_points] = count_of(sums[rollup::sum_data_points]);
    return figures;
}

} // namespace roi::core::breakdown
