// Statements over campaigns, benchmarks and simulations.
#include "store/context.hpp"

namespace roi::store {

using namespace bridge;

namespace {

#define ROI_CAMPAIGNS(day, name)                                                                             \
    "SELECT " day ", " name " FROM @roi@.campaign_with_user_id WHERE user_id = $1"                           \
    " AND date BETWEEN date '1970-01-01' + $2 AND date '1970-01-01' + $3 AND name IS NOT NULL"

#define ROI_NEWEST_BENCHMARK(industry)                                                                       \
    "(SELECT b.value FROM @roi@.roi_industry_benchmarks b WHERE b.industry = " industry                      \
    " AND b.platform = 'all' AND b.metric = 'roi' ORDER BY b.as_of DESC LIMIT 1)"

#define ROI_BENCHMARK                                                                                        \
    "coalesce(" ROI_NEWEST_BENCHMARK(                                                                        \
        "(SELECT p.industry FROM @roi@.user_preferences p WHERE p.user_id = $1)") ", " ROI_NEWEST_BENCHMARK("'default'") ", 400)"

#define ROI_DAY "(date - date '1970-01-01')::bigint"

const Statement campaigns_statement{ROI_CAMPAIGNS(ROI_DAY, "name"), {TEXTOID, INT4OID, INT4OID}, false, true};

const Statement benchmark_statement{"SELECT " ROI_BENCHMARK, {TEXTOID}, false, true};

// The first row has no day: the benchmark, and the name of a simulated account.
const Statement context_statement{
    "SELECT NULL::bigint, (SELECT s.user_id FROM @roi@.roi_simulations s WHERE s.user_id = $1), " ROI_BENCHMARK
    " UNION ALL " ROI_CAMPAIGNS(ROI_DAY, "name, NULL"),
    {TEXTOID, INT4OID, INT4OID},
    false,
    true};

std::vector<Argument> arguments_of(const std::string &user_id, std::int64_t first_day,
                                   std::int64_t last_day) {
    return {text_argument(user_id), int32_argument(static_cast<std::int32_t>(first_day)),
            int32_argument(static_cast<std::int32_t>(last_day))};
}

} // namespace

std::string benchmark_from(Datum numeric) {
    constexpr std::int64_t limit = INT64CONST(1000000000000) * 1000000;
    const char *const hint = "A benchmark is a percentage below 1e12 in size.";
    std::int64_t micros = 0;
    try {
        micros = call([numeric] { // rounds half away from zero
            const Datum million = NumericGetDatum(int64_to_numeric(1000000));
            return DatumGetInt64(
                DirectFunctionCall1(numeric_int8, DirectFunctionCall2(numeric_mul, numeric, million)));
        });
    } catch (const BackendError &error) {
        rethrow_as(error, ERRCODE_INVALID_PARAMETER_VALUE, hint);
    }
    if (micros <= -limit || micros >= limit)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "the benchmark is out of range",
             "An argument, or a row of roi_industry_benchmarks.", hint);
    return call([numeric] { return DatumGetCString(DirectFunctionCall1(numeric_out, numeric)); });
}

Campaigns read_campaigns(const Extension &extension, const std::string &user_id, std::int64_t first_day,
                         std::int64_t last_day) {
    Campaigns campaigns;
    const uint64 count =
        execute(campaigns_statement, extension.schema, arguments_of(user_id, first_day, last_day), true);
    for (uint64 row = 0; row < count; ++row)
        campaigns.emplace_back(result_int64(row, 1), result_text(row, 2));
    return campaigns;
}

std::string read_benchmark(const Extension &extension, const std::string &user_id) {
    execute(benchmark_statement, extension.schema, {text_argument(user_id)}, true);
    return benchmark_from(result(0, 1).value);
}

Context read_context(const Extension &extension, const std::string &user_id, std::int64_t first_day,
                     std::int64_t last_day) {
    Context context;
    const uint64 count =
        execute(context_statement, extension.schema, arguments_of(user_id, first_day, last_day), true);
    for (uint64 row = 0; row < count; ++row) {
        if (!result(row, 1).is_null) {
            context.campaigns.emplace_back(result_int64(row, 1), result_text(row, 2));
            continue;
        }
        context.is_simulated = !result(row, 2).is_null;
        context.benchmark = benchmark_from(result(row, 3).value);
    }
    return context;
}

} // namespace roi::store
