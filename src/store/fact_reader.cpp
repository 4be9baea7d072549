// Datums of a row of roi_metrics to a plain fact.
#include "store/fact_reader.hpp"

#include "bridge/numeric.hpp"
#include "bridge/row.hpp"

namespace roi::store {

using namespace bridge;
using core::rollup::Fact;

// The measures in the order of core::Measure, the rates in that of core::rollup::FactRate.
const std::array<const char *, FactReader::column_count> FactReader::names{"user_id",
                                                                           "platform",
                                                                           "currency",
                                                                           "content_type",
                                                                           "post_id",
                                                                           "content_category",
                                                                           "source",
                                                                           "campaign_id",
                                                                           "update_timestamp",
                                                                           "posted_at",
                                                                           "views",
                                                                           "likes",
                                                                           "comments",
                                                                           "shares",
                                                                           "saves",
                                                                           "clicks",
                                                                           "paid_views",
                                                                           "paid_clicks",
                                                                           "conversions",
                                                                           "ad_spend",
                                                                           "revenue_generated",
                                                                           "roi_percentage",
                                                                           "roas_ratio",
                                                                           "cost_per_click",
                                                                           "cost_per_impression"};

FactReader::FactReader(TupleDesc columns) {
    call([this, columns] {
        find_columns(columns, "roi_metrics", names.data(), column_count, places_.data());
    });
}

namespace {

// Backend code.
std::string_view text_view(Datum value) {
    const text *const packed = DatumGetTextPP(value);
    return std::string_view(VARDATA_ANY(packed), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(packed)));
}

bool is_numeric_measure(std::size_t measure) { return measure >= core::measure_conversions; }

} // namespace

std::string_view FactReader::user(const Datum *values) const {
    return call([this, values] { return text_view(values[places_[user_id]]); });
}

Fact FactReader::read(const Datum *values, const bool *nulls) const {
    return call([this, values, nulls] {
        Fact fact;
        const auto text_of_column = [&](Column column) {
            const int place = places_[column];
            return nulls[place] ? std::string_view() : text_view(values[place]);
        };
        fact.user_id = text_of_column(user_id);
        fact.platform = text_of_column(platform);
        fact.currency = text_of_column(currency);
        fact.content_type = text_of_column(content_type);
        fact.post_id = text_of_column(post_id);
        fact.content_category = text_of_column(content_category);
        fact.source = text_of_column(source);
        if (!nulls[places_[campaign_id]]) fact.campaign_id = DatumGetInt64(values[places_[campaign_id]]);
        fact.stamp = DatumGetTimestampTz(values[places_[stamp]]);
        if (!nulls[places_[posted_at]]) fact.posted_at = DatumGetTimestampTz(values[places_[posted_at]]);
        std::int64_t *const rates[] = {&fact.roi, &fact.roas, &fact.cpc, &fact.cpi};
        for (std::size_t bit = 0; bit < core::rollup::fact_bit_count; ++bit) {
            const int place = places_[first_measure + bit];
            if (nulls[place]) continue;
            fact.reported |= std::size_t{1} << bit;
            std::int64_t &target =
                bit < core::measure_count ? fact.value[bit] : *rates[bit - core::measure_count];
            target =
                is_numeric_measure(bit) ? micros_of_numeric(values[place]) : DatumGetInt64(values[place]);
        }
        return fact;
    });
}

} // namespace roi::store
