// roi_import(): an export file in; exact facts, campaigns, posts and a list of refused lines out, in one transaction.
#include <algorithm>

#include "core/calendar.hpp"
#include "core/import/import.hpp"
#include "core/import/spool.hpp"
#include "core/import/text.hpp"

#include "api/import_spool.hpp"
#include "api/import_writer.hpp"
#include "api/importing.hpp"
#include "store/imports.hpp"
#include "store/imports_restate.hpp"
#include "store/notify.hpp"
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"
#include "bridge/subtransaction.hpp"
#include "bridge/zone.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
namespace import = roi::core::import;

constexpr std::size_t lines_per_step = 4096; // between two looks at interrupts

struct Request {
    std::string user_id;
    Argument content_argument;
    std::string_view content;
    import::Options options;
    std::string time_zone;
    bool replace = true;
    bool is_dry = false;
};

std::string_view content_of(FunctionCallInfo fcinfo, int number, Argument &argument) {
    static const char *const hint =
        "Pass the bytes of the file, for example pg_read_binary_file('export.csv').";
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "content must not be NULL", "There is nothing to import.", hint);
    const bytea *const bytes = call([fcinfo, number] { return PG_GETARG_BYTEA_PP(number); });
    argument = {PointerGetDatum(bytes), false};
    return std::string_view(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

void read_platform(FunctionCallInfo fcinfo, Request &request) {
    request.options.platform = text_of(fcinfo, 3);
    if (has_argument(fcinfo, 3) && request.options.platform.find_first_not_of(' ') == std::string::npos)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "platform is blank",
             "Facts are kept by the name of their platform.", "Name it like 'facebook', or leave it out.");
    if (request.options.platform.size() > 50)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "platform is longer than 50 bytes",
             "It has " + std::to_string(request.options.platform.size()) + ".", "Name it like 'facebook'.");
}

void read_max_rejects(FunctionCallInfo fcinfo, Request &request) {
    if (!has_argument(fcinfo, 6)) return;
    const int32 max_rejects = PG_GETARG_INT32(6);
    if (max_rejects < 0 || max_rejects > 1000000)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "max_rejects must lie between 0 and 1000000",
             "It is " + std::to_string(max_rejects) + ".", "The default is 1000.");
    request.options.max_rejects = static_cast<std::size_t>(max_rejects);
}

void read_periods(FunctionCallInfo fcinfo, Request &request) {
    const std::string periods = text_of(fcinfo, 9);
    request.options.spread_periods = periods == "spread";
    if (has_argument(fcinfo, 9) && periods != "keep" && periods != "spread")
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "\"" + clip(periods) + "\" is not a way to treat periods",
             "A row that covers several days is kept as one or spread over them.",
             "Use keep (one fact at the period's start) or spread (shared out to its days).");
}

void read_day(FunctionCallInfo fcinfo, Request &request) {
    if (!has_argument(fcinfo, 10)) return;
    const DateADT day = PG_GETARG_DATEADT(10);
    if (DATE_NOT_FINITE(day))
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "day must be finite",
             "Rows without a date are stamped with it.", "Name a day like 2026-08-01.");
    request.options.day = std::int64_t{day} + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
}

Request read_request(FunctionCallInfo fcinfo) {
    Request request;
    request.user_id = user_of(fcinfo, 0);
    if (import::count_characters(request.user_id) > 255)
        fail(ERRCODE_STRING_DATA_RIGHT_TRUNCATION, "the user id is longer than 255 characters",
             "Ids are kept in columns of that length.", "A user id is a text of at most 255 characters.");
    request.content = content_of(fcinfo, 1, request.content_argument);
    if (has_argument(fcinfo, 2)) request.options.format = text_of(fcinfo, 2);
    read_platform(fcinfo, request);
    request.options.currency = text_of(fcinfo, 4);
    request.time_zone = has_argument(fcinfo, 5) ? text_of(fcinfo, 5) : "UTC";
    read_max_rejects(fcinfo, request);
    request.options.date_order = text_of(fcinfo, 7);
    request.options.decimal_mark = text_of(fcinfo, 8);
    read_periods(fcinfo, request);
    read_day(fcinfo, request);
    request.replace = !has_argument(fcinfo, 11) || PG_GETARG_BOOL(11);
    request.is_dry = has_argument(fcinfo, 12) && PG_GETARG_BOOL(12);
    return request;
}

const char *grain_of(const import::Import &file) {
    const import::Extent &extent = file.extent();
    if (file.format().lifetime) return "lifetime";
    if (file.format().campaigns_only || !extent.has_facts) return "campaigns";
    if (!extent.periods.empty()) return "period";
    if (file.counts().periods > 0) return "spread";
    return extent.is_daily() ? "day" : "hour";
}

// What can be said before the facts are merged. The last day ends at the next midnight of the zone: it may have 23 or 25
// hours.
store::Batch describe(const Request &request, const import::Import &file, const Zone &zone) {
    const import::Extent &extent = file.extent();
    store::Batch batch;
    batch.format = file.format().name;
    batch.platform = file.platform();
    batch.time_zone = request.time_zone;
    batch.encoding = file.encoding();
    batch.grain = grain_of(file);
    batch.content_bytes = static_cast<std::int64_t>(request.content.size());
    batch.counts = file.counts();
    batch.periods = extent.periods;
    batch.accounts = extent.accounts;
    batch.replaces = request.replace;
    if (!extent.has_facts) return batch;
    std::int64_t last = extent.last_stamp;
    for (const import::DayPair &period : extent.periods)
        last = std::max(last, period.last * core::seconds_per_day);
    batch.since = extent.first_utc == INT64_MAX ? zone.to_utc(extent.first_stamp)
                  : extent.first_stamp == INT64_MAX
                      ? extent.first_utc
                      : std::min(extent.first_utc, zone.to_utc(extent.first_stamp));
    const std::int64_t length = extent.is_daily() ? core::seconds_per_day : core::seconds_per_hour;
    if (last != INT64_MIN)
        batch.until = extent.is_daily() ? zone.to_utc(last + length) : zone.to_utc(last) + length;
    if (extent.last_utc != INT64_MIN) batch.until = std::max(batch.until, extent.last_utc + length);
    return batch;
}

// The first refused lines as JSON, made by the server.
Argument rejects_argument(const store::Extension &extension, const std::vector<import::Reject> &rejects) {
    static const Statement to_json{
        "SELECT coalesce(jsonb_agg(jsonb_build_object('line', line, 'column', column_name, 'value', value, 'reason', reason)"
        " ORDER BY line, number), '[]') FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS r (line, column_name, value, reason, number)",
        {INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID}};
    Int64Column lines;
    TextColumn columns, values, reasons;
    for (const import::Reject &reject : rejects) {
        lines.add(reject.line);
        columns.add(reject.column);
        values.add(reject.value);
        reasons.add(reject.reason);
    }
    execute(to_json, extension.schema, {lines.array(), columns.array(), values.array(), reasons.array()},
            true);
    return result(0, 1);
}

void put_batch(FunctionCallInfo fcinfo, const store::Extension &extension, const store::Batch &batch,
               const std::vector<import::Reject> &rejects) {
    const Argument refused = rejects_argument(extension, rejects);
    put_row(fcinfo, {batch.id == 0 ? null_argument() : int64_argument(batch.id), text_argument(batch.format),
                     text_argument(batch.platform), int64_argument(batch.counts.read),
                     int64_argument(batch.counts.imported), int64_argument(batch.counts.skipped),
                     int64_argument(batch.counts.rejected),
                     batch.has_spend ? micros_argument(batch.spend) : null_argument(),
                     batch.has_revenue ? micros_argument(batch.revenue) : null_argument(),
                     moment_argument(batch.since), moment_argument(batch.until), text_or_null(batch.currency),
                     int64_argument(batch.facts), int64_argument(batch.replaced), text_argument(batch.grain),
                     text_argument(batch.encoding), refused, int64_argument(batch.beside)});
}

void tell(const import::Import &file, const Request &request) {
    if (file.format().is_exact && request.options.format == "auto")
        notice("headers that many tools use: the file is taken for " + file.format().name + " of platform " +
               file.platform() + "; name format and platform if it is another one's");
    const std::int64_t periods = file.counts().periods;
    if (periods > 0 && !request.options.spread_periods)
        notice(std::to_string(periods) +
               " lines of this file cover a period; each is kept as one fact stamped at the period's start, "
               "periods => 'spread' shares it out to its days");
    if (!file.is_dated() && request.options.day == import::no_day && !file.format().campaigns_only)
        notice("the file names no day; its figures are those of today, day => '...' names another");
}

// What is added to figures of other imports may be the same delivery once more: only people can tell.
void tell_of_others(const store::Extension &extension, const Request &request, store::Batch &batch) {
    const store::Beside beside = store::facts_beside(extension, request.user_id, batch);
    batch.beside = beside.facts;
    if (beside.facts == 0 || !request.replace) return;
    notice(
        std::to_string(beside.facts) +
            " facts of other imports stand for the same campaigns and days; this file adds to them: import " +
            beside.imports,
        "If both show the same delivery, take one back, for example with roi_undo_import(" +
            std::to_string(beside.first_import) + ").");
}

// Locks come in one order: facts that may go, then the user's state; see store::lock_imports().
void store_file(const store::Extension &extension, const Request &request, const import::Import &file,
                const Zone &zone, Argument hash, api::Spool &spool, store::Batch &batch) {
    std::vector<std::int64_t> older;
    const bool has_days = batch.grain != "lifetime" && batch.grain != "campaigns";
    if (request.replace && has_days && store::hold_user(extension, request.user_id)) {
        store::hold_facts(extension, RowExclusiveLock);
        older = store::overlapping_batches(extension, request.user_id, batch);
        store::lock_facts_of(extension, request.user_id, older, batch);
    }
    store::lock_user(extension, request.user_id);
    api::refuse_simulated(extension, request.user_id); // a simulation may have begun while the file was read
    store::add_batch(extension, request.user_id, hash, batch);
    api::ImportWriter writer(extension, request.user_id, request.options.currency, file, zone, spool, batch);
    writer.write_rejects();
    writer.write_campaigns();
    writer.write_facts();
    return_free_memory();
    batch.replaced = store::replace_facts(extension, request.user_id, batch, older);
    return_free_memory();
    if (has_days) tell_of_others(extension, request, batch);
    store::finish_batch(extension, request.user_id, batch);
    store::refresh_campaigns(extension, request.user_id, writer.campaign_ids());
    if (batch.replaced > 0)
        store::refresh_replaced(extension, request.user_id, batch.id, writer.campaign_ids());
}

void import_file(const store::Extension &extension, const Request &request, const import::Import &file,
                 const Zone &zone, Argument hash, api::Spool &spool, store::Batch &batch) {
    try {
        spool.sort();
        return_free_memory();
        store_file(extension, request, file, zone, hash, spool, batch);
        spool.close();
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
            rethrow_with_hint(
                error, "Look for mistaken amounts; a sum of money stays below a million million, a count "
                       "below 9.2e18.");
        throw;
    }
}

// False when the user has imported the content before.
bool import_content(FunctionCallInfo fcinfo, const store::Extension &extension, Request &request,
                    const Zone &zone) {
    store::lock_imports(extension, request.user_id);
    api::refuse_simulated(extension, request.user_id);
    const Argument hash = store::content_hash(request.content_argument);
    store::Batch batch;
    if (store::find_batch(extension, request.user_id, hash, batch)) {
        notice("this file has been imported before; nothing was added");
        put_batch(fcinfo, extension, batch, {});
        return false;
    }
    request.options.today = api::today_in(zone);
    const std::vector<import::FormatRule> formats = store::load_formats(extension);
    api::Spool spool;
    import::Import file(request.content, formats, request.options, spool);
    while (file.step(lines_per_step))
        check_interrupts();
    tell(file, request);
    batch = describe(request, file, zone);
    import_file(extension, request, file, zone, hash, spool, batch);
    if (request.is_dry) batch.id = 0; // there will be none
    put_batch(fcinfo, extension, batch, spool.shown);
    return true;
}

} // namespace

ROI_FUNCTION(roi_import) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::require_update("imports");
    Request request = read_request(fcinfo);
    const Zone zone(request.time_zone);
    open_result(fcinfo);
    SpiScope spi;
    store::authorise(extension, request.user_id);
    RoleScope owner(extension.owner);
    if (request.is_dry) {
        rehearse([&] { import_content(fcinfo, extension, request, zone); });
    } else if (import_content(fcinfo, extension, request, zone)) {
        store::announce(extension, "import");
        store::announce_to_user(extension, request.user_id, "import");
    }
    return Datum{0};
}
