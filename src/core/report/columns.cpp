// Every formula of the dashboard, once.
#include "core/report/columns.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace roi::core::report {
namespace {

using namespace rollup;
using F = const Figures &;

template <Sum sum>
Value count(F f) {
    return count_of(f.sums[sum]);
}

template <Sum sum>
Value money(F f) {
    return money_of(f.sums[sum]);
}

template <Sum sum, Sum count>
Value average(F f) {
    return mean(f.sums[sum], f.sums[count]);
}

template <Set set>
Value distinct(F f) {
    return count_of(static_cast<Int128>(f.distinct[set]));
}

// A ratio that is NULL where nothing was spent or no row reports revenue.
Value of_revenue(F f, Int128 numerator, Int128 denominator) {
    return f.sums[sum_revenue_count] == 0 ? Value() : ratio(numerator, denominator);
}

Int128 difference(F f) { return Int128{f.sums[sum_revenue]} - f.sums[sum_spend]; }

Value profit(F f) { return money_of(difference(f)); }
Value roi(F f) { return of_revenue(f, 100 * difference(f), f.sums[sum_spend]); }
Value roas(F f) { return of_revenue(f, f.sums[sum_revenue], f.sums[sum_spend]); }
Value conversions(F f) { return free_of(f.sums[sum_conversions]); }

// sum per count of something that is no amount of millionths, such as money per post
template <Sum sum, Sum counted>
Value per_count(F f) {
    return mean(f.sums[sum], f.sums[counted]);
}
template <Sum sum, Set set>
Value per_distinct(F f) {
    return mean(f.sums[sum], static_cast<Int128>(f.distinct[set]));
}
template <Sum sum>
Value per_conversion(F f) {
    return ratio(f.sums[sum], f.sums[sum_conversions]);
}
template <Sum sum, Sum counted>
Value thousandfold(F f) {
    return mean(Int128{1000} * f.sums[sum], f.sums[counted]);
}

Value effective_cpm(F f) { return mean(Int128{1000} * f.sums[sum_spend], f.sums[sum_views]); }
Value engagement_rate(F f) { return ratio_or_zero(Int128{100} * f.sums[sum_engagement], f.sums[sum_views]); }
Value click_rate(F f) { return ratio_or_zero(Int128{100} * f.sums[sum_clicks], f.sums[sum_views]); }

Value efficiency(F f) {
    const Int128 views = f.sums[sum_views] > 1 ? f.sums[sum_views] : 1;
    return mean(Int128{f.sums[sum_roi]} * f.sums[sum_engagement], f.sums[sum_roi_count] * views);
}

// The plan's customers: posts that earned. Revenue per post, and rows that earned without a post count as money.
Value clv_multiplier(F f) { return ratio(f.sums[sum_earning_revenue], f.sums[sum_earning_spend]); }
constexpr auto clv = per_distinct<sum_earning_revenue, set_earning_posts>;
constexpr auto cac = per_distinct<sum_spending_spend, set_spending_posts>;

Value payback(F f) {
    if (f.distinct[set_earning_posts] == 0 || f.distinct[set_spending_posts] == 0) return {};
    return ratio_or_zero(
        Int128{f.sums[sum_spending_spend]} * static_cast<Int128>(f.distinct[set_earning_posts]),
        Int128{f.sums[sum_earning_revenue]} * static_cast<Int128>(f.distinct[set_spending_posts]));
}

constexpr auto avg_roi = average<sum_roi, sum_roi_count>;

} // namespace

Column::Column(const char *column, Value (*formula)(const Figures &))
    : name(column), of(formula), member_size(std::strlen(column) + 4) {
    if (member_size > longest_member) throw std::logic_error("a column's name is too long");
    char *at = std::copy_n(",\"", 2, member);
    at = std::copy_n(column, member_size - 4, at);
    std::copy_n("\":", 2, at);
}

Value overall_roi(F f) { return ratio_or_zero(100 * difference(f), f.sums[sum_spend]); }

const Columns &total_columns() {
    static const Columns columns{{"total_revenue", money<sum_revenue>},
                                 {"total_spend", money<sum_spend>},
                                 {"total_profit", profit},
                                 {"overall_roi", overall_roi},
                                 {"overall_roas", roas},
                                 {"total_impressions", count<sum_views>},
                                 {"total_engagement", count<sum_engagement>},
                                 {"total_clicks", count<sum_clicks>},
                                 {"total_conversions", conversions},
                                 {"total_posts", distinct<set_posts>},
                                 {"data_points", count<sum_data_points>}};
    return columns;
}

const Columns &source_columns() {
    static const Columns columns{{"total_revenue", money<sum_revenue>},
                                 {"post_count", distinct<set_posts>},
                                 {"avg_revenue_per_post", per_distinct<sum_revenue, set_posts>},
                                 {"revenue_multiplier", roas},
                                 {"data_points", count<sum_data_points>}};
    return columns;
}

const Columns &revenue_columns() {
    static const Columns columns{{"revenue", money<sum_revenue>},
                                 {"posts", distinct<set_posts>},
                                 {"avg_roi", avg_roi},
                                 {"spend", money<sum_spend>},
                                 {"roi", roi},
                                 {"data_points", count<sum_data_points>}};
    return columns;
}

const Columns &cost_columns() {
    static const Columns columns{{"total_spend", money<sum_spend>},
                                 {"avg_cpc", average<sum_cpc, sum_cpc_count>},
                                 {"avg_cost_per_impression", average<sum_cpi, sum_cpi_count>},
                                 {"avg_cpm", thousandfold<sum_cpi, sum_cpi_count>},
                                 {"campaigns", distinct<set_campaigns>},
                                 {"effective_cpc", per_count<sum_spend, sum_clicks>},
                                 {"effective_cpm", effective_cpm}};
    return columns;
}

const Columns &monthly_columns() {
    static const Columns columns{{"spend", money<sum_spend>},
                                 {"revenue", money<sum_revenue>},
                                 {"avg_roi", avg_roi},
                                 {"roi", roi},
                                 {"data_points", count<sum_data_points>}};
    return columns;
}

const Columns &clv_columns() {
    static const Columns columns{{"avg_revenue_per_customer", clv},
                                 {"unique_customers", distinct<set_earning_posts>},
                                 {"clv", clv},
                                 {"revenue_multiplier", clv_multiplier},
                                 {"revenue_per_conversion", per_conversion<sum_revenue>}};
    return columns;
}

const Columns &cac_columns() {
    static const Columns columns{
        {"cac", cac},
        {"avg_cpc", average<sum_spending_cpc, sum_spending_cpc_count>},
        {"avg_cost_per_impression", average<sum_spending_cpi, sum_spending_cpi_count>},
        {"avg_cpm", thousandfold<sum_spending_cpi, sum_spending_cpi_count>},
        {"cost_per_conversion", per_conversion<sum_spend>}};
    return columns;
}

const Columns &payback_columns() {
    static const Columns columns{{"cac", cac}, {"clv", clv}, {"payback_period", payback}};
    return columns;
}

const Columns &trend_columns() {
    static const Columns columns{{"avg_roi", avg_roi},
                                 {"data_points", count<sum_data_points>},
                                 {"daily_revenue", money<sum_revenue>},
                                 {"daily_spend", money<sum_spend>},
                                 {"roi", roi}};
    return columns;
}

const Columns &channel_columns() {
    static const Columns columns{{"revenue", money<sum_revenue>},
                                 {"spend", money<sum_spend>},
                                 {"profit", profit},
                                 {"avg_roi", avg_roi},
                                 {"avg_roas", average<sum_roas, sum_roas_count>},
                                 {"roi", roi},
                                 {"roas", roas},
                                 {"impressions", count<sum_views>},
                                 {"engagement", count<sum_engagement>},
                                 {"posts", distinct<set_posts>},
                                 {"total_clicks", count<sum_clicks>},
                                 {"engagement_rate", engagement_rate},
                                 {"click_through_rate", click_rate},
                                 {"efficiency_score", efficiency},
                                 {"conversions", conversions},
                                 {"data_points", count<sum_data_points>}};
    return columns;
}

const Columns &compare_columns() {
    static const Columns columns{{"revenue", money<sum_revenue>},
                                 {"spend", money<sum_spend>},
                                 {"profit", profit},
                                 {"roi", roi},
                                 {"roas", roas},
                                 {"impressions", count<sum_views>},
                                 {"engagement", count<sum_engagement>},
                                 {"clicks", count<sum_clicks>},
                                 {"conversions", conversions},
                                 {"posts", distinct<set_posts>},
                                 {"data_points", count<sum_data_points>},
                                 {"engagement_rate", engagement_rate},
                                 {"click_through_rate", click_rate},
                                 {"cac", cac},
                                 {"clv", clv}};
    return columns;
}

Change change_of(const Value &current, const Value &base) {
    if (current.kind == Value::null || base.kind == Value::null) return {};
    const Int128 change = current.number - base.number;
    return {{current.kind, change}, ratio(100 * change, base.number < 0 ? -base.number : base.number)};
}

int compare_descending(const Value &left, const Value &right) {
    if (left.kind == Value::null || right.kind == Value::null)
        return (left.kind == Value::null ? 1 : 0) - (right.kind == Value::null ? 1 : 0);
    return left.number == right.number ? 0 : left.number > right.number ? -1 : 1;
}

} // namespace roi::core::report
