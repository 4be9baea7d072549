// roi_ab_test: two campaigns, posts or content types against each other.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/analytics/ab_test.hpp"

#include "api/analysis.hpp"
#include "store/daily_by_key.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using namespace roi::core::analytics;
using api::number_argument;
using api::percent_argument;

constexpr std::size_t most_days = 1000;

// A metric is above / below; one without below is a mean of days.
struct Metric {
    const char *name;
    int above, below; // DaySum; below -1: days
    bool is_rate;     // of independent trials, shown in percent
    const char *unit; // of n
};
constexpr Metric metrics[] = {
    {"click_rate", store::day_clicks, store::day_views, true, "views"},
    {"conversion_rate", store::day_conversions, store::day_clicks, true, "clicks"},
    {"engagement_rate", store::day_engagement, store::day_views, true, "views"},
    {"roas", store::day_revenue, store::day_spend, false, "days"},
    {"revenue_per_click", store::day_revenue, store::day_clicks, false, "days"},
    {"cost_per_click", store::day_spend, store::day_clicks, false, "days"},
    {"cost_per_conversion", store::day_spend, store::day_conversions, false, "days"},
    {"revenue_per_day", store::day_revenue, -1, false, "days"},
    {"spend_per_day", store::day_spend, -1, false, "days"},
};
constexpr const char *metric_names =
    "click_rate conversion_rate engagement_rate roas revenue_per_click cost_per_click"
    " cost_per_conversion revenue_per_day spend_per_day";

struct Wish {
    store::KeyKind kind = store::KeyKind::campaign;
    const Metric *metric = nullptr;
    std::string a, b;
    bool is_randomised = false;
    double share_of_a = 0.5;
    AbQuestion question;
};

Wish read_wish(FunctionCallInfo fcinfo) {
    Wish wish;
    wish.a = store::required_text(fcinfo, 1, "variant_a");
    wish.b = store::required_text(fcinfo, 2, "variant_b");
    wish.kind =
        static_cast<store::KeyKind>(api::word_argument(fcinfo, 3, "kind", "campaign post content_type"));
    wish.metric = &metrics[api::word_argument(fcinfo, 4, "metric", metric_names)];
    wish.is_randomised = api::flag_argument(fcinfo, 5, "randomised");
    wish.share_of_a = api::inner_argument(fcinfo, 6, "share_of_a", 0, 100) / 100;
    wish.question.confidence = api::inner_argument(fcinfo, 7, "confidence", 50, 100) / 100;
    wish.question.smallest_effect = api::inner_argument(fcinfo, 8, "smallest_effect", 0, 1000000) / 100;
    return wish;
}

[[noreturn]] void fail_variant(const std::string &variant, const std::string &detail) {
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "variant \"" + clip(variant) + "\" is not known", detail,
         "Name campaigns by id or name, posts by post_id, content types as they stand in roi_metrics.");
}

// A campaign's id in digits; the only one of that name where the text is no id.
std::string campaign_of(const store::Extension &extension, const std::string &user_id,
                        const std::string &variant) {
    static const Statement find{
        "SELECT c.id::text FROM @roi@.campaign_with_user_id c WHERE c.user_id = $1 AND c.name = $2 LIMIT 2",
        {TEXTOID, TEXTOID}};
    constexpr std::size_t longest_id = 18;
    if (!variant.empty() && variant.size() <= longest_id &&
        variant.find_first_not_of("0123456789") == std::string::npos)
        return variant;
    const uint64 count =
        execute(find, extension.schema, {text_argument(user_id), text_argument(variant)}, true);
    if (count != 1)
        fail_variant(variant, count == 0 ? "The user has no campaign of this name."
                                         : "Several campaigns have this name.");
    return result_text(0, 1);
}

// Days of one variant, as the metric has them.
AbDays days_of(const Metric &metric, const std::map<std::int64_t, store::DaySums> &sums) {
    const auto value = [](const store::DaySums &day, int sum) {
        const bool is_micros = sum >= static_cast<int>(store::day_conversions);
        return static_cast<double>(day[static_cast<std::size_t>(sum)]) /
               (is_micros ? static_cast<double>(core::micros_per_unit) : 1);
    };
    AbDays days;
    if (sums.empty()) return days;
    if (metric.below >= 0) {
        for (const auto &[day, of_day] : sums) {
            const AbDay one{value(of_day, metric.above), value(of_day, metric.below)};
            if (one.above != 0 || one.below != 0) days.push_back(one);
        }
        return days;
    }
    // a mean counts days without facts as 0
    for (std::int64_t day = sums.begin()->first; day <= sums.rbegin()->first; ++day) {
        const auto found = sums.find(day);
        days.push_back({found == sums.end() ? 0 : value(found->second, metric.above), 1});
    }
    return days;
}

bool is_money(const Metric &metric) {
    const auto is_amount = [](int sum) {
        return sum == static_cast<int>(store::day_spend) || sum == static_cast<int>(store::day_revenue);
    };
    return is_amount(metric.above) || is_amount(metric.below);
}

struct Variants {
    std::map<std::int64_t, store::DaySums> a, b; // by day
    std::string currency;
};

Variants read_variants(const store::Question &question, const Wish &wish) {
    Variants variants;
    const store::WholeDays days = store::whole_days(question, most_days);
    if (days.count() == 0) api::fail_empty();
    const bool by_campaign = wish.kind == store::KeyKind::campaign;
    const auto key_of = [&](const std::string &variant) {
        return by_campaign ? campaign_of(question.extension, question.user_id, variant) : variant;
    };
    const std::string a = key_of(wish.a), b = key_of(wish.b);
    if (a == b) fail_variant(wish.b, "Both variants are the same.");
    std::vector<store::KeyDay> rows =
        store::read_key_days(question.extension, question.user_id, wish.kind, {a, b}, days.starts.front(),
                             days.starts.back(), question.range.time_zone);
    if (is_money(*wish.metric))
        variants.currency = store::settle_key_days(question.extension, question.currency, rows);
    for (const store::KeyDay &row : rows) {
        store::DaySums &sums = (row.key == a ? variants.a : variants.b)[row.day];
        for (std::size_t i = 0; i < sums.size(); ++i)
            sums[i] += row.sums[i];
    }
    for (const auto &[name, found] : {std::pair(&wish.a, &variants.a), std::pair(&wish.b, &variants.b)})
        if (found->empty())
            throw core::Error(core::Fault::too_little,
                              "variant \"" + clip(*name) + "\" has no facts in the range",
                              "Whole days of the range were looked at.", "Ask over a longer period.");
    return variants;
}

AbResult compare(const Metric &metric, const AbDays &a, const AbDays &b, const AbQuestion &question) {
    if (metric.below < 0) return compare_means(a, b, question);
    return metric.is_rate ? compare_rates(a, b, question) : compare_ratios(a, b, question);
}

// Units that a randomised split hands out: views.
double views_of(const std::map<std::int64_t, store::DaySums> &sums) {
    double views = 0;
    for (const auto &[day, of_day] : sums)
        views += static_cast<double>(of_day[store::day_views]);
    return views;
}

Argument whole(double count) {
    constexpr double most = 9e18; // that 64 bits hold
    return count < most ? int64_argument(std::llround(count)) : null_argument();
}

std::string verdict_of(const Wish &wish, const AbResult &result, bool is_split) {
    constexpr double wanted_power = 0.8;
    if (!result.is_enough || std::isnan(result.p_value)) return "no verdict: too little data";
    if (wish.is_randomised && !is_split) return "no verdict: the split is not the one that was meant";
    if (result.p_value < 1 - wish.question.confidence)
        return std::string(result.effect > 0 ? "b is higher" : "a is higher") +
               (wish.is_randomised ? "" : " (observational: not shown to be the cause)");
    return result.power >= wanted_power ? "no difference of interest found"
                                        : "no difference found, power too low to rule one out";
}

} // namespace

// Arguments: user_id, variant_a, variant_b, kind, metric, randomised, share_of_a, confidence, smallest_effect, period, since,
// until, time_zone, currency.
ROI_FUNCTION(roi_ab_test) {
    constexpr double mismatch = 0.001; // Fabijan et al. 2019
    const store::Question question = store::read_question(fcinfo, 9);
    const Wish wish = read_wish(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    const Variants variants = read_variants(question, wish);
    const Metric &metric = *wish.metric;
    const AbResult result =
        compare(metric, days_of(metric, variants.a), days_of(metric, variants.b), wish.question);
    const bool by_trials = result.method == AbMethod::proportions;
    const double split = wish.is_randomised
                             ? split_p_value(views_of(variants.a), views_of(variants.b), wish.share_of_a)
                             : unknown;
    const double scale = metric.is_rate ? 100 : 1;
    const auto scaled = [&](double value) { return number_argument(scale * value); };
    const auto n_of = [&](const AbVariant &variant) {
        return by_trials ? whole(variant.below) : api::count_argument(variant.days);
    };
    put_row(fcinfo,
            {text_argument(metric.name), text_argument(name_of(result.method)),
             text_argument(wish.is_randomised ? "randomised" : "observational"), n_of(result.a),
             n_of(result.b), text_argument(by_trials ? metric.unit : "days"), scaled(result.a.value),
             scaled(result.b.value), scaled(result.effect), scaled(result.interval.lower),
             scaled(result.interval.upper), percent_argument(result.relative),
             api::double_argument(result.p_value), percent_argument(result.power), whole(result.minimum_n),
             number_argument(result.dispersion), api::double_argument(split),
             text_argument(verdict_of(wish, result, !(split < mismatch))), text_or_null(variants.currency)});
    return Datum{0};
}
