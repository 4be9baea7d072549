// Reads roi_platforms: numbers from columns, arrays, content types and metrics from rows of their own.
#include "store/platforms.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace roi::store {

using namespace bridge;
using core::model::ContentModel;
using core::model::MetricBase;
using core::model::MetricModel;
using core::model::PlatformModel;

namespace {

void copy_name(char (&target)[core::model::name_size], const std::string &source) {
    const std::size_t length = std::min(source.size(), sizeof target - 1);
    std::copy_n(source.begin(), length, target);
    target[length] = '\0';
}

double result_double(uint64 row, int column) {
    const Argument cell = result(row, column);
    return cell.is_null ? 0.0 : DatumGetFloat8(cell.value);
}

// --- metrics ---

[[noreturn]] void fail_metric(const std::string &platform, const std::string &key, const char *what) {
    fail(ERRCODE_INVALID_PARAMETER_VALUE,
         "metric \"" + key + "\" of platform \"" + platform + "\" cannot be simulated: " + what,
         "Hours are drawn from the platform's row.",
         "Mend the metrics column of roi_platforms; its comment describes the form.");
}

MetricBase base_of(const std::string &platform, const std::string &key, const std::string &name) {
    static const std::map<std::string, MetricBase> bases{
        {"active", MetricBase::active}, {"views", MetricBase::views},
        {"likes", MetricBase::likes},   {"comments", MetricBase::comments},
        {"shares", MetricBase::shares}, {"saves", MetricBase::saves},
        {"clicks", MetricBase::clicks}, {"engagement", MetricBase::engagement}};
    const auto found = bases.find(name);
    if (found == bases.end()) fail_metric(platform, key, "\"of\" is not a counter");
    return found->second;
}

int index_of(const PlatformModel &model, const std::string &platform, const std::string &key,
             const std::string &times) {
    if (times.empty()) return -1;
    for (int i = 0; i < model.metric_count; ++i)
        if (times == model.metrics[static_cast<std::size_t>(i)].key) return i;
    fail_metric(platform, key, "\"times\" names no earlier metric");
}

void read_metric(uint64 row, const std::string &name, Platform &platform) {
    const std::string key = result_text(row, 2), per = result_text(row, 9);
    if (key.empty() || platform.model.metric_count >= static_cast<int>(core::model::max_platform_metrics))
        fail_metric(name, key, "it has no key, or the platform has too many");
    MetricModel metric;
    copy_name(metric.key, key);
    metric.base = base_of(name, key, result_text(row, 4));
    metric.times = index_of(platform.model, name, key, result_text(row, 5));
    metric.low = result_double(row, 6);
    metric.high = result_double(row, 7);
    metric.decimals = static_cast<int>(result_int64(row, 8));
    metric.per_post = per == "post";
    if (!(metric.low >= 0 && metric.low <= metric.high && metric.high <= 1e6) || metric.decimals < 0 ||
        metric.decimals > 6)
        fail_metric(name, key, "it needs 0 <= low <= high <= 1000000 and decimals from 0 to 6");
    if (!per.empty() && per != "post" && per != "hour")
        fail_metric(name, key, "\"per\" is neither post nor hour");
    platform.metric_keys.push_back(result_text(row, 3));
    platform.model.metrics[static_cast<std::size_t>(platform.model.metric_count++)] = metric;
}

// A number of a JSON object as float8, or its default; what is no number becomes -1, which the readers refuse by name.
#define ROI_NUMBER(key, missing)                                                                             \
    " CASE WHEN m.value -> '" key "' IS NULL THEN " missing "   WHEN jsonb_typeof(m.value -> '" key          \
    "') = 'number' THEN least((m.value ->> '" key "')::numeric, 1e9)::float8 ELSE -1 END"

void load_metrics(const Extension &extension, std::map<std::string, Platform> &platforms) {
    static const Statement read_metrics{
        "SELECT p.platform::text, m.value ->> 'key', to_json(m.value ->> 'key')::text, m.value ->> 'of', m.value ->> 'times'," ROI_NUMBER(
            "low",
            "1") "," ROI_NUMBER("high",
                                "1") ","
                                     " CASE WHEN m.value -> 'decimals' IS NULL THEN 0 WHEN m.value ->> 'decimals' ~ '^[0-6]$'"
                                     "   THEN (m.value ->> 'decimals')::bigint ELSE -1 END, m.value ->> 'per'"
                                     " FROM @roi@.roi_platforms p, jsonb_array_elements(p.metrics) WITH ORDINALITY m ORDER BY p.platform, m.ordinality",
        {}};
    const uint64 count = execute(read_metrics, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        const std::string name = result_text(row, 1);
        read_metric(row, name, platforms.at(name));
    }
}

// --- content types ---

[[noreturn]] void fail_content(const std::string &platform, const std::string &type, const char *what) {
    fail(ERRCODE_INVALID_PARAMETER_VALUE,
         "content type \"" + type + "\" of platform \"" + platform + "\" cannot be simulated: " + what,
         "Hours are drawn from the platform's row.",
         "Mend the content_types column of roi_platforms; its comment describes the form.");
}

bool is_between(double value, double low, double high) { return value >= low && value <= high; }

void read_content(uint64 row, const std::string &name, PlatformModel &model) {
    const std::string type = result_text(row, 2);
    if (type.empty() || type.size() > 50 ||
        model.content_count >= static_cast<int>(core::model::max_contents))
        fail_content(name, type, "its type is missing or too long, or the platform has more than 8");
    for (int i = 0; i < model.content_count; ++i)
        if (type == model.contents[static_cast<std::size_t>(i)].type)
            fail_content(name, type, "it is there twice");
    const double percent = result_double(row, 6), hours = result_double(row, 7);
    ContentModel content;
    copy_name(content.type, type);
    content.share = result_double(row, 3);
    content.price = result_double(row, 4);
    content.engagement = result_double(row, 5);
    if (!is_between(content.share, 0, 1)) fail_content(name, type, "its share is not from 0 to 1");
    if (!is_between(content.price, 0.01, 100))
        fail_content(name, type, "its price factor is not from 0.01 to 100");
    if (!is_between(content.engagement, 0, 100))
        fail_content(name, type, "its engagement factor is not from 0 to 100");
    if (!is_between(percent, 0, 100) || percent != std::floor(percent))
        fail_content(name, type, "its click_percent is not a whole number from 0 to 100");
    if (!is_between(hours, 1, core::model::lifetime_hours) || hours != std::floor(hours))
        fail_content(name, type, "its hours are not a whole number from 1 to 720");
    content.click_percent = static_cast<int>(percent);
    content.hours = static_cast<std::int64_t>(hours);
    model.contents[static_cast<std::size_t>(model.content_count++)] = content;
}

void load_contents(const Extension &extension, std::map<std::string, Platform> &platforms) {
    static const Statement read_contents{
        "SELECT p.platform::text, m.value ->> 'type'," ROI_NUMBER("share", "-1") "," ROI_NUMBER("price", "1") "," ROI_NUMBER(
            "engagement",
            "1") "," ROI_NUMBER("click_percent",
                                "65") "," ROI_NUMBER("hours",
                                                     "720") " FROM @roi@.roi_platforms p, jsonb_array_elements(p.content_types) WITH ORDINALITY m"
                                                            " ORDER BY p.platform, m.ordinality",
        {}};
    const uint64 count = execute(read_contents, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        const std::string name = result_text(row, 1);
        read_content(row, name, platforms.at(name).model);
    }
    for (const auto &[name, platform] : platforms) {
        double sum = 0;
        for (int i = 0; i < platform.model.content_count; ++i)
            sum += platform.model.contents[static_cast<std::size_t>(i)].share;
        if (!is_between(sum, 0.999, 1.001))
            fail(ERRCODE_INVALID_PARAMETER_VALUE,
                 "the shares of the content types of platform \"" + name + "\" do not add up to 1",
                 "They add up to " + std::to_string(sum) + ".",
                 "Mend the content_types column of roi_platforms.");
    }
}

#undef ROI_NUMBER

// --- columns ---

// Every number of growth model natural, in the order of the members below.
const Statement read_columns{
    "SELECT platform::text, (cpc_min * 1000000)::bigint, (cpc_max * 1000000)::bigint, (cpm_min * 1000000)::bigint,"
    " (cpm_max * 1000000)::bigint, (order_value * 1000000)::bigint, views_cap, likes_cap, comments_cap, shares_cap, saves_cap,"
    " clicks_cap, views_growth_max::float8, likes_growth_max::float8, comments_growth_max::float8, shares_growth_max::float8,"
    " saves_growth_max::float8, clicks_growth_max::float8, engagement_multiplier::float8, paid_share::float8,"
    " conversion_rate::float8, reference_audience::float8, median_views::float8, views_spread::float8, viral_share::float8,"
    " dying_share::float8, viral_boost::float8, viral_hours::float8, dying_factor::float8, follower_share::float8,"
    " follower_hours::float8, discovery_hours::float8, discovery_spread::float8, discovery_decay::float8,"
    " daily_noise_shape::float8, hourly_noise_shape::float8, engagement_rate::float8, engagement_elasticity::float8,"
    " cpc_centre::float8, cpm_centre::float8, organic_ctr_ratio::float8, peak_hour::float8, daily_swing::float8"
    " FROM @roi@.roi_platforms",
    {}};

constexpr int first_cap = 7, first_growth = 13, first_number = 19;

constexpr double PlatformModel::*numbers[] = {&PlatformModel::engagement_multiplier,
                                              &PlatformModel::paid_share,
                                              &PlatformModel::conversion_rate,
                                              &PlatformModel::reference_audience,
                                              &PlatformModel::median_views,
                                              &PlatformModel::views_spread,
                                              &PlatformModel::viral_share,
                                              &PlatformModel::dying_share,
                                              &PlatformModel::viral_boost,
                                              &PlatformModel::viral_hours,
                                              &PlatformModel::dying_factor,
                                              &PlatformModel::follower_share,
                                              &PlatformModel::follower_hours,
                                              &PlatformModel::discovery_hours,
                                              &PlatformModel::discovery_spread,
                                              &PlatformModel::discovery_decay,
                                              &PlatformModel::daily_shape,
                                              &PlatformModel::hourly_shape,
                                              &PlatformModel::engagement_rate,
                                              &PlatformModel::engagement_elasticity,
                                              &PlatformModel::cpc_centre,
                                              &PlatformModel::cpm_centre,
                                              &PlatformModel::organic_ctr_ratio,
                                              &PlatformModel::peak_hour,
                                              &PlatformModel::daily_swing};

PlatformModel read_model(uint64 row, const std::string &name) {
    PlatformModel model;
    copy_name(model.name, name);
    model.cpc_min = result_int64(row, 2);
    model.cpc_max = result_int64(row, 3);
    model.cpm_min = result_int64(row, 4);
    model.cpm_max = result_int64(row, 5);
    model.order_value = result_int64(row, 6);
    for (std::size_t i = 0; i < core::model::counter_count; ++i) {
        model.counters[i].cap = result_int64(row, first_cap + static_cast<int>(i));
        model.counters[i].growth_max = result_double(row, first_growth + static_cast<int>(i));
    }
    for (std::size_t i = 0; i < std::size(numbers); ++i)
        model.*numbers[i] = result_double(row, first_number + static_cast<int>(i));
    return model;
}

template <std::size_t Size>
void put(std::array<double, Size> &target, int64 place, double value) {
    if (place >= 1 && place <= static_cast<int64>(Size)) target[static_cast<std::size_t>(place - 1)] = value;
}

void load_arrays(const Extension &extension, std::map<std::string, Platform> &platforms) {
    static const Statement read_arrays{
        "SELECT p.platform::text, a.kind::bigint, v.place, v.value::float8 FROM @roi@.roi_platforms p"
        " CROSS JOIN LATERAL (VALUES (1, p.engagement_split), (2, p.weekday_factors), (3, p.month_cost_factors),"
        "   (4, p.month_conversion_factors)) a (kind, list)"
        " CROSS JOIN LATERAL unnest(a.list) WITH ORDINALITY v (value, place)",
        {}};
    const uint64 count = execute(read_arrays, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        PlatformModel &model = platforms.at(result_text(row, 1)).model;
        const int64 place = result_int64(row, 3);
        const double value = result_double(row, 4);
        switch (result_int64(row, 2)) {
        case 1:
            put(model.engagement_split, place, value);
            break;
        case 2:
            put(model.weekday_factors, place, value);
            break;
        case 3:
            put(model.month_cost, place, value);
            break;
        default:
            put(model.month_conversion, place, value);
        }
    }
}

} // namespace

std::map<std::string, Platform> load_platforms(const Extension &extension) {
    std::map<std::string, Platform> platforms;
    const uint64 count = execute(read_columns, extension.schema, {}, false);
    for (uint64 row = 0; row < count; ++row) {
        const std::string name = result_text(row, 1);
        platforms[name].model = read_model(row, name);
    }
    load_arrays(extension, platforms);
    load_contents(extension, platforms);
    load_metrics(extension, platforms);
    for (auto &[name, platform] : platforms) {
        std::vector<int> decimals;
        decimals.reserve(static_cast<std::size_t>(platform.model.metric_count));
        for (int i = 0; i < platform.model.metric_count; ++i)
            decimals.push_back(platform.model.metrics[static_cast<std::size_t>(i)].decimals);
        platform.numbers = NumberObject(platform.metric_keys, std::move(decimals));
    }
    return platforms;
}

} // namespace roi::store
