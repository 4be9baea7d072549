// Read functions: exact answers from the facts, for whoever asks, under row level security.
#include "store/range.hpp"

#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

// What every read function is asked: whose facts, which range, which currency.
struct Question {
    store::Extension extension;
    std::string user_id;
    store::Range range;
    Argument currency;
};

// Arguments in order: user_id, period, since, until, time_zone, currency.
Question read_question(FunctionCallInfo fcinfo) {
    Question question;
    question.extension = store::open_extension(fcinfo);
    question.user_id = user_of(fcinfo, 0);
    question.range = store::read_range(fcinfo, 1);
    question.currency = null_argument();
    if (has_argument(fcinfo, 5)) {
        std::string currency = text_of(fcinfo, 5);
        for (char &letter : currency)
            letter = static_cast<char>(pg_ascii_toupper(static_cast<unsigned char>(letter)));
        if (currency.size() != 3 ||
            currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
            fail(ERRCODE_INVALID_PARAMETER_VALUE, "currency must be three letters", "",
                 "Such as 'USD' or 'EUR'.");
        question.currency = text_argument(currency);
    }
    return question;
}

std::vector<Argument> arguments_of(const Question &question, const Argument &currency) {
    return {text_argument(question.user_id),
            {TimestampTzGetDatum(question.range.since), false},
            {TimestampTzGetDatum(question.range.until), false},
            currency};
}

#define ROI_FACTS_IN_RANGE "user_id = $1 AND update_timestamp >= $2 AND update_timestamp < $3"

// The currency to answer in: the one asked for, the only one in the range, or NULL when there is none.
Argument settle_currency(const Question &question) {
    static const Statement currencies{
        "SELECT count(DISTINCT currency), max(currency)::text, string_agg(DISTINCT currency, ', ')"
        " FROM @roi@.roi_metrics WHERE " ROI_FACTS_IN_RANGE " AND $4 IS NULL",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID}};
    if (!question.currency.is_null) return question.currency;
    execute(currencies, question.extension.schema, arguments_of(question, null_argument()), true);
    if (result_int64(0, 1) > 1)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "the range holds amounts in several currencies",
             "Currencies: " + result_text(0, 3) + ".",
             "Pass currency => '...' to convert by roi_exchange_rates.");
    return text_or_null(result_text(0, 2));
}

// Raises 22023 naming a currency and day that no rate covers.
void require_rates(const Question &question, const Argument &currency) {
    static const Statement missing{
        "SELECT f.currency || ' on ' || f.day FROM (SELECT DISTINCT currency, (update_timestamp AT TIME ZONE "
        "'UTC')::date AS day"
        "   FROM @roi@.roi_metrics WHERE " ROI_FACTS_IN_RANGE " AND currency <> $4) f"
        " WHERE NOT EXISTS (SELECT FROM @roi@.roi_exchange_rates r WHERE r.base_currency = f.currency"
        "   AND r.quote_currency = $4 AND r.rate_date <= f.day) ORDER BY f.day LIMIT 1",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID}};
    if (currency.is_null ||
        execute(missing, question.extension.schema, arguments_of(question, currency), true) == 0)
        return;
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "no exchange rate covers the range",
         "No rate for " + result_text(0, 1) + ".", "Insert the rates into roi_exchange_rates.");
}

// Facts of the range with money in the answer's currency, by the newest rate of the row's day or before it.
#define ROI_CONVERTED                                                                                        \
    "(SELECT m.*, CASE WHEN m.currency = $4 THEN 1 ELSE (SELECT r.rate FROM @roi@.roi_exchange_rates r"      \
    "   WHERE r.base_currency = m.currency AND r.quote_currency = $4"                                        \
    "   AND r.rate_date <= (m.update_timestamp AT TIME ZONE 'UTC')::date ORDER BY r.rate_date DESC LIMIT "   \
    "1) END AS rate"                                                                                         \
    " FROM @roi@.roi_metrics m WHERE " ROI_FACTS_IN_RANGE ") f"

// At least two decimals, more only where the amount has more.
#define ROI_MONEY(sum) "round(" sum ", greatest(2, scale(trim_scale(" sum "))))"

// Zero where there is nothing to divide by, as the plan's columns have it.
#define ROI_PLAN_RATIO(numerator, denominator) "coalesce((" numerator ") / nullif(" denominator ", 0), 0)"

Datum answer(FunctionCallInfo fcinfo, const Statement &statement) {
    const Question question = read_question(fcinfo);
    open_result(fcinfo);
    SpiScope spi;
    const Argument currency = settle_currency(question);
    require_rates(question, currency);
    try {
        execute(statement, question.extension.schema, arguments_of(question, currency), true);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
            rethrow_with_hint(error, "The counts of this range pass 9.2e18; ask for a shorter range.");
        throw;
    }
    put_spi_rows(fcinfo);
    return Datum{0};
}

} // namespace

// The sums that both functions need. NULL money: no row of the group reports it.
#define ROI_SUMS                                                                                             \
    "sum(revenue_generated * rate) AS revenue_reported, sum(ad_spend * rate) AS spend_reported,"             \
    " coalesce(sum(revenue_generated * rate), 0) AS revenue, coalesce(sum(ad_spend * rate), 0) AS spend,"    \
    " coalesce(sum(views), 0)::bigint AS impressions,"                                                       \
    " coalesce(sum(likes + comments + shares), 0)::bigint AS engagement,"                                    \
    " coalesce(sum(clicks), 0)::bigint AS clicks, trim_scale(coalesce(sum(conversions), 0)) AS conversions," \
    " count(DISTINCT post_id) AS posts, count(*) AS data_points"

// Our own ratios are NULL when undefined: nothing spent, or revenue that no row reports.
#define ROI_ROI "(revenue_reported - spend) * 100 / nullif(spend_reported, 0)"
#define ROI_ROAS "revenue_reported / nullif(spend_reported, 0)"

ROI_FUNCTION(roi_total) {
    static const Statement total{
        "SELECT $4, " ROI_MONEY("revenue") ", " ROI_MONEY("spend") ", " ROI_MONEY(
            "revenue - spend") ","
                               " " ROI_PLAN_RATIO(
                                   "(revenue - spend) * 100",
                                   "spend") ", " ROI_ROAS ", impressions, engagement, clicks,"
                                            " conversions, posts, data_points FROM (SELECT " ROI_SUMS
                                            " FROM " ROI_CONVERTED ") t",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID}};
    return answer(fcinfo, total);
}

ROI_FUNCTION(roi_channel_performance) {
    static const Statement channels{
        "SELECT platform, " ROI_MONEY("revenue") ", " ROI_MONEY("spend") ", " ROI_MONEY(
            "revenue - spend") ","
                               " avg_roi, avg_roas, " ROI_ROI ", " ROI_ROAS
                               ", impressions, engagement, posts, clicks,"
                               " " ROI_PLAN_RATIO("engagement * 100.0", "impressions") ", " ROI_PLAN_RATIO(
                                   "clicks * 100.0",
                                   "impressions") ","
                                                  " avg_roi * (engagement::numeric / greatest(impressions, "
                                                  "1)), conversions, data_points, $4"
                                                  " FROM (SELECT platform::text, avg(roi_percentage) AS "
                                                  "avg_roi, avg(roas_ratio) AS avg_roas, " ROI_SUMS
                                                  "   FROM " ROI_CONVERTED " GROUP BY platform) t"
                                                  " ORDER BY avg_roi DESC NULLS LAST, platform",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID}};
    return answer(fcinfo, channels);
}

// Arguments: period, since, until, time_zone.
ROI_FUNCTION(roi_time_range) {
    store::open_extension(fcinfo);
    const store::Range range = store::read_range(fcinfo, 0);
    open_result(fcinfo);
    put_row(fcinfo, {{TimestampTzGetDatum(range.since), false},
                     {TimestampTzGetDatum(range.until), false},
                     text_argument(range.bucket)});
    return Datum{0};
}

ROI_FUNCTION(roi_require_setup) {
    store::open_extension(fcinfo);
    return Datum{0};
}
