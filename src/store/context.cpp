// Looks into campaigns, benchmarks and simulations: by their keys where the caller sees the rows anyway, else by statements.
#include "store/context.hpp"

#include <algorithm>
#include <optional>

#include "store/sight.hpp"

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

constexpr std::int64_t days_to_2000 = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE; // a date counts from 2000

// The four tables of the context statement by their keys.
class ContextReader {
public:
    ContextReader(const Extension &extension, const std::string &user_id)
        : user_(text_argument(user_id).value), campaigns_(extension.schema, "campaign_with_user_id"),
          simulations_(extension.schema, "roi_simulations"),
          preferences_(extension.schema, "user_preferences"),
          benchmarks_(extension.schema, "roi_industry_benchmarks") {
        Sight sight(extension, user_id);
        date_ = campaigns_.is_over({"user_id", "id"}) ? campaigns_.column("date", DATEOID) : -1;
        name_ = date_ < 0 ? -1 : campaigns_.column("name", VARCHAROID);
        industry_ = preferences_.is_over({"user_id"}) ? preferences_.column("industry", TEXTOID) : -1;
        value_ = benchmarks_.is_over({"industry", "platform", "metric", "as_of"})
                     ? benchmarks_.column("value", NUMERICOID)
                     : -1;
        can_read_ = name_ >= 0 && industry_ >= 0 && value_ >= 0 && simulations_.is_over({"user_id"}) &&
                    sight.sees_own_rows(campaigns_) && sight.sees_own_rows(simulations_) &&
                    sight.sees_own_rows(preferences_) && sight.sees_all_rows(benchmarks_);
    }
    void close() {
        for (KeyScan *table : {&campaigns_, &simulations_, &preferences_, &benchmarks_})
            table->close();
    }
    bool can_read() const { return can_read_; }

    Campaigns campaigns(std::int64_t first_day, std::int64_t last_day) {
        Campaigns found;
        each(campaigns_, {user_}, std::max(date_, name_) + 1, [&](const Datum *values, const bool *nulls) {
            if (nulls[date_] || nulls[name_]) return true;
            const std::int64_t day = DatumGetDateADT(values[date_]) + days_to_2000;
            if (day >= first_day && day <= last_day) found.emplace_back(day, view_of(values[name_]));
            return true;
        });
        return found;
    }

    bool is_simulated() {
        bool is_found = false;
        each(simulations_, {user_}, 1, [&](const Datum *, const bool *) {
            is_found = true;
            return false;
        });
        return is_found;
    }

    std::string benchmark() {
        std::optional<std::string> industry;
        std::string found;
        each(preferences_, {user_}, industry_ + 1, [&](const Datum *values, const bool *nulls) {
            if (!nulls[industry_]) industry.emplace(view_of(values[industry_]));
            return false;
        });
        if (industry && newest_benchmark(*industry, found)) return found;
        return newest_benchmark("default", found) ? found : "400";
    }

private:
    static std::string_view view_of(Datum value) {
        const auto *const bytes = reinterpret_cast<const struct varlena *>(DatumGetPointer(value));
        return {VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
    }

    // The newest rows of a key first, by their first `width` columns.
    template <class Sink>
    static void each(KeyScan &table, std::initializer_list<Datum> key, int width, const Sink &sink) {
        table.read({key, nullptr, nullptr, true}, {0, 0}, width,
                   [&](const Datum *values, const bool *nulls, const std::int64_t *) {
                       return sink(values, nulls);
                   });
    }

    // By way of a copy: the numeric is looked at after the scan.
    bool newest_benchmark(const std::string &industry, std::string &found) {
        std::string stored;
        each(benchmarks_,
             {text_argument(industry).value, text_argument("all").value, text_argument("roi").value},
             value_ + 1, [&](const Datum *values, const bool *) {
                 const auto *const bytes =
                     reinterpret_cast<const struct varlena *>(DatumGetPointer(values[value_]));
                 stored.assign(reinterpret_cast<const char *>(bytes), VARSIZE_ANY(bytes));
                 return false;
             });
        if (stored.empty()) return false;
        found = benchmark_from(PointerGetDatum(stored.data()));
        return true;
    }

    Datum user_;
    KeyScan campaigns_, simulations_, preferences_, benchmarks_;
    int date_ = -1, name_ = -1, industry_ = -1, value_ = -1;
    bool can_read_ = false;
};

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
    ContextReader reader(extension, user_id);
    const bool can_read = reader.can_read();
    if (can_read)
        context = {reader.campaigns(first_day, last_day), reader.benchmark(), reader.is_simulated()};
    reader.close();
    if (can_read) return context;
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
