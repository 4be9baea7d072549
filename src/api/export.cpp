// roi_export_csv(): the rows of any read function as records of CSV, page by page.
#include <algorithm>

#include "report/csv.hpp"

#include "store/question.hpp"
#include "store/read_functions.hpp"

#include "bridge/cursor.hpp"
#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using store::Passed;

constexpr const char *page_key = "page_key"; // tells where the next page begins; no figure
constexpr int page_size = 1000;
constexpr int first_own_argument = 6; // report, arguments, keep_formulas

const Statement split_arguments{
    "SELECT a.key, a.value, pg_catalog.jsonb_typeof($1 -> a.key) FROM pg_catalog.jsonb_each_text($1) a",
    {JSONBOID}};

struct Export {
    store::Question question;
    store::ReadFunction function;
    std::vector<Passed> passed;
    bool keep_formulas = false;
    bool is_paged() const { return function.takes("page_size") && function.takes("after"); }
};

// The arguments that all read functions share, as they came.
std::vector<Passed> shared_arguments(FunctionCallInfo fcinfo) {
    static const std::pair<const char *, Oid> names[] = {{"user_id", TEXTOID},      {"period", TEXTOID},
                                                         {"since", TIMESTAMPTZOID}, {"until", TIMESTAMPTZOID},
                                                         {"time_zone", TEXTOID},    {"currency", TEXTOID}};
    std::vector<Passed> passed;
    passed.reserve(first_own_argument);
    for (int i = 0; i < first_own_argument; ++i)
        passed.push_back({names[i].first, names[i].second, {fcinfo->args[i].value, fcinfo->args[i].isnull}});
    return passed;
}

bool may_be_passed(const Export &job, const std::string &name) {
    const auto is_shared = [&](const Passed &one) { return one.name == name; };
    return job.function.takes(name) && name != "page_size" && name != "after" &&
           std::none_of(job.passed.begin(), job.passed.end(), is_shared);
}

// The members of `arguments`: further arguments of the function by name.
void add_further_arguments(FunctionCallInfo fcinfo, Export &job) {
    if (!has_argument(fcinfo, first_own_argument + 1)) return;
    const char *const wanted = "Such as {\"bucket\": \"week\"} for revenue_trends.";
    const Datum given = fcinfo->args[first_own_argument + 1].value;
    if (!call([given] { return JB_ROOT_IS_OBJECT(DatumGetJsonbP(given)); }))
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "arguments must be a JSON object",
             "It holds further arguments of the function by name.", wanted);
    const uint64 count = execute(split_arguments, job.question.extension.schema, {{given, false}}, true);
    std::vector<Passed> further;
    for (uint64 i = 0; i < count; ++i) {
        const std::string name = result_text(i, 1), kind = result_text(i, 3);
        if (!may_be_passed(job, name) || kind == "array" || kind == "object")
            fail(ERRCODE_INVALID_PARAMETER_VALUE,
                 job.function.name + " takes no argument \"" + clip(name) + "\" here",
                 "Members of arguments are single values of what the function takes beyond user, range and "
                 "currency; pages are turned for you.",
                 wanted);
        further.push_back(
            {name, TEXTOID, kind == "null" ? null_argument() : text_argument(result_text(i, 2))});
    }
    job.passed.insert(job.passed.end(), further.begin(), further.end());
}

std::string joined(Datum array) {
    struct Parts {
        Datum *values;
        bool *nulls;
        int count;
    };
    const Parts parts = call([array] {
        Parts found{};
        deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &found.values,
                          &found.nulls, &found.count);
        return found;
    });
    std::string text;
    for (int i = 0; i < parts.count; ++i) {
        if (i > 0) text += "; ";
        if (!parts.nulls[i]) text += text_of(parts.values[i]);
    }
    return text;
}

bool is_words(Oid type) {
    switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
    case FLOAT4OID:
    case FLOAT8OID:
    case BOOLOID:
    case DATEOID:
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
        return false;
    default:
        return true;
    }
}

// Writes the columns of a cursor's rows, all but the page's key.
class Records {
public:
    Records(FunctionCallInfo fcinfo, const Export &job) : fcinfo_(fcinfo), job_(job) {}

    void put_header(const Cursor &rows) {
        record_.clear();
        for (int column = 0; column < rows.width(); ++column)
            if (rows.name(column) != page_key) record_.add_plain(rows.name(column));
        put();
    }

    void put_row(const Cursor &rows, std::size_t row) {
        record_.clear();
        for (int column = 0; column < rows.width(); ++column)
            if (rows.name(column) != page_key) add(rows, row, column);
        put();
    }

private:
    void add(const Cursor &rows, std::size_t row, int column) {
        const Argument value = rows.value(row, column);
        const Oid type = rows.type(column);
        if (value.is_null) return record_.add_null();
        if (type == TEXTOID) return record_.add_text(text_of(value.value), job_.keep_formulas);
        if (type == TEXTARRAYOID) return record_.add_text(joined(value.value), job_.keep_formulas);
        if (type == TIMESTAMPTZOID) return add_moment(DatumGetTimestampTz(value.value));
        if (is_words(type)) return record_.add_text(rows.text(row, column), job_.keep_formulas);
        record_.add_plain(rows.text(row, column));
    }

    // On the clock of the zone asked for, with its offset.
    void add_moment(TimestampTz moment) {
        if (TIMESTAMP_NOT_FINITE(moment)) return record_.add_plain(moment < 0 ? "-infinity" : "infinity");
        std::string text;
        core::report::append_moment(text, moment, *job_.question.clock);
        record_.add_plain(text);
    }

    void put() { bridge::put_row(fcinfo_, {text_argument(record_.line())}); }

    FunctionCallInfo fcinfo_;
    const Export &job_;
    report::CsvRecord record_;
};

// Puts one answer of the function; how many rows it had, and the key of the last one.
std::size_t put_page(Records &records, const Export &job, bool is_first, std::string &last_key) {
    const store::ReadCall question = store::call_of(job.question.extension, job.function, job.passed);
    Cursor rows(question.sql, question.types, question.arguments);
    MemoryScope memory("records of an export");
    if (is_first) records.put_header(rows);
    std::size_t count = 0;
    while (const std::size_t fetched = rows.fetch(200)) {
        check_interrupts();
        for (std::size_t row = 0; row < fetched; ++row)
            records.put_row(rows, row);
        if (job.is_paged()) last_key = rows.text(fetched - 1, rows.width() - 1);
        count += fetched;
        memory.reset();
    }
    return count;
}

void put_pages(Records &records, Export &job) {
    MemoryScope memory("pages of an export");
    std::string last_key;
    const std::vector<Passed> first = job.passed;
    for (std::size_t count = page_size; count == page_size;) {
        memory.reset();
        const bool is_first = last_key.empty();
        job.passed = first;
        job.passed.push_back({"page_size", INT4OID, int32_argument(page_size)});
        if (!is_first) job.passed.push_back({"after", TEXTOID, text_argument(last_key)});
        count = put_page(records, job, is_first, last_key);
    }
}

} // namespace

// Further arguments: report, arguments, keep_formulas.
ROI_FUNCTION(roi_export_csv) {
    Export job{store::read_question(fcinfo), {}, shared_arguments(fcinfo)};
    const std::string report = store::required_text(fcinfo, first_own_argument, "report");
    job.keep_formulas =
        has_argument(fcinfo, first_own_argument + 2) && PG_GETARG_BOOL(first_own_argument + 2);
    open_scalar_result(fcinfo);
    SpiScope spi;
    job.function = store::find_read_function(job.question.extension, report);
    add_further_arguments(fcinfo, job);
    Records records(fcinfo, job);
    std::string no_key;
    if (job.is_paged())
        put_pages(records, job);
    else
        put_page(records, job, true, no_key);
    return Datum{0};
}
