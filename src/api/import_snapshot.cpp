// roi_undo_import() and roi_record_snapshot(): the other doors of the importer.
#include <algorithm>

#include "core/calendar.hpp"
#include "core/import/import.hpp"
#include "core/import/rules.hpp"
#include "core/import/text.hpp"

#include "api/importing.hpp"
#include "store/archive.hpp"
#include "store/fact_writer.hpp"
#include "store/imports.hpp"
#include "store/imports_restate.hpp"
#include "store/imports_snapshots.hpp"
#include "store/user_locks.hpp"

#include "bridge/memory.hpp"
#include "bridge/numeric.hpp"

namespace roi::api {

using namespace bridge;

void refuse_simulated(const store::Extension &extension, const std::string &user_id) {
    static const Statement is_simulated{
        "SELECT EXISTS (SELECT FROM @roi@.roi_simulations WHERE user_id = $1)::int::bigint", {TEXTOID}};
    execute(is_simulated, extension.schema, {text_argument(user_id)}, false);
    if (result_int64(0, 1) != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "user \"" + clip(user_id) + "\" is a simulated account", "Real and invented money never add up.",
             "Remove the simulation with roi_purge_simulated() first.");
}

std::int64_t today_in(const Zone &zone) {
    const Timestamp local = zone.to_local(call([] { return GetCurrentTransactionStartTimestamp(); }));
    std::int64_t day = local / USECS_PER_DAY;
    if (local % USECS_PER_DAY < 0) --day;
    return day + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
}

} // namespace roi::api

namespace {

using namespace roi;
using namespace roi::bridge;

constexpr int first_counter = 3; // of the arguments: views, likes, comments, shares, saves, clicks
constexpr int counters = 6;
constexpr int first_amount = first_counter + counters; // conversions, ad_spend, revenue_generated
constexpr int amounts = 3;
constexpr core::Measure counter_measures[] = {core::measure_views,    core::measure_likes,
                                              core::measure_comments, core::measure_shares,
                                              core::measure_saves,    core::measure_clicks};
constexpr core::Measure amount_measures[] = {core::measure_conversions, core::measure_spend,
                                             core::measure_revenue};

std::string needed_text(FunctionCallInfo fcinfo, int number, const char *name, std::size_t limit) {
    std::string text = text_of(fcinfo, number);
    if (text.find_first_not_of(' ') == std::string::npos)
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, std::string(name) + " must not be NULL or blank",
             "A snapshot belongs to a post of a platform.",
             "Name the platform like 'instagram' and the post by the network's id.");
    if (core::import::count_characters(text) > limit)
        fail(ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
             std::string(name) + " is longer than " + std::to_string(limit) + " characters",
             "It has " + std::to_string(core::import::count_characters(text)) + ".",
             "Use the id that the network gives.");
    return text;
}

void read_counters(FunctionCallInfo fcinfo, store::Snapshot &snapshot) {
    for (int i = 0; i < counters; ++i) {
        if (!has_argument(fcinfo, first_counter + i)) continue;
        const int64 counter = PG_GETARG_INT64(first_counter + i);
        if (counter < 0)
            fail(
                ERRCODE_INVALID_PARAMETER_VALUE, "a post's lifetime counter is negative",
                "It is " + std::to_string(counter) + ".",
                "Pass what the platform counts since the post was published, NULL for what it does not tell.");
        snapshot.value[counter_measures[i]] = counter;
        snapshot.reported |= std::size_t{1} << counter_measures[i];
    }
    for (int i = 0; i < amounts; ++i) {
        if (!has_argument(fcinfo, first_amount + i)) continue;
        const Datum given = PG_GETARG_DATUM(first_amount + i);
        // numeric(18,6): the column's own check of range
        snapshot.value[amount_measures[i]] = call([given] {
            const Datum typed = DirectFunctionCall2(numeric, given, Int32GetDatum((18 << 16 | 6) + VARHDRSZ));
            return micros_of_numeric(typed);
        });
        snapshot.reported |= std::size_t{1} << amount_measures[i];
    }
}

// The object's numbers by name; raises 22023 for anything else.
std::vector<store::OwnMetric> read_metrics(const store::Extension &extension, FunctionCallInfo fcinfo,
                                           store::Snapshot &snapshot) {
    static const Statement list{
        "SELECT key, to_json(key)::text, CASE WHEN jsonb_typeof(value) = 'number' AND abs((value #>> '{}')::numeric) < 1e12"
        " THEN round((value #>> '{}')::numeric * 1000000)::bigint END FROM jsonb_each(CASE WHEN jsonb_typeof($1) = 'object'"
        " THEN $1 ELSE '{\"\": null}' END)",
        {JSONBOID}};
    std::vector<store::OwnMetric> metrics;
    if (!has_argument(fcinfo, 12)) return metrics;
    const uint64 count = execute(list, extension.schema, {{PG_GETARG_DATUM(12), false}}, true);
    for (uint64 row = 0; row < count; ++row) {
        if (result(row, 3).is_null || count > core::import::max_metrics)
            fail(ERRCODE_INVALID_PARAMETER_VALUE, "metrics must be an object of up to 32 numbers below 1e12",
                 "Platforms' own counters are kept by name.", "Pass counters like '{\"reach\": 120}'.");
        metrics.push_back({result_text(row, 1), result_text(row, 2)});
        snapshot.metrics.push_back(result_int64(row, 3));
        snapshot.metrics_reported |= std::size_t{1} << row;
    }
    return metrics;
}

std::int64_t moment_of(FunctionCallInfo fcinfo, int number, const char *name) {
    const TimestampTz moment = PG_GETARG_TIMESTAMPTZ(number);
    const std::int64_t seconds = TIMESTAMP_NOT_FINITE(moment) ? -1 : unix_seconds_of(moment);
    if (seconds < 0 || seconds >= core::import::end_day * core::seconds_per_day)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, std::string(name) + " must lie between 1970 and 2099",
             "No fact can be stamped outside.", "Leave it out for now().");
    return seconds;
}

store::Snapshot read_snapshot(FunctionCallInfo fcinfo) {
    store::Snapshot snapshot;
    snapshot.platform = needed_text(fcinfo, 1, "platform", 50);
    snapshot.post_id = needed_text(fcinfo, 2, "post_id", 255);
    read_counters(fcinfo, snapshot);
    snapshot.moment = has_argument(fcinfo, 13)
                          ? moment_of(fcinfo, 13, "taken_at")
                          : unix_seconds_of(call([] { return GetCurrentTransactionStartTimestamp(); }));
    snapshot.stamp = snapshot.moment - snapshot.moment % core::seconds_per_hour;
    if (has_argument(fcinfo, 14)) snapshot.content_type = needed_text(fcinfo, 14, "content_type", 50);
    if (has_argument(fcinfo, 15)) snapshot.posted_at = moment_of(fcinfo, 15, "posted_at");
    snapshot.currency = core::import::currency_code(has_argument(fcinfo, 16) ? text_of(fcinfo, 16) : "USD");
    if (snapshot.currency.empty())
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "\"" + clip(text_of(fcinfo, 16)) + "\" is not a currency code",
             "Amounts are kept by the code of their currency.", "Use a code like USD, EUR or JPY.");
    return snapshot;
}

store::Snapshot checked_snapshot(FunctionCallInfo fcinfo) {
    try {
        return read_snapshot(fcinfo);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
            rethrow_with_hint(error, "Amounts and conversions stay below a million million.");
        throw;
    }
}

void put_increments(FunctionCallInfo fcinfo, const store::Extension &extension,
                    const store::Snapshot &snapshot, const std::vector<store::OwnMetric> &metrics) {
    static const Statement to_jsonb{"SELECT $1::jsonb", {TEXTOID}};
    std::string json;
    for (std::size_t i = 0; i < metrics.size(); ++i)
        json += (i == 0 ? "" : ", ") + metrics[i].quoted + ": " + store::decimal_text(snapshot.metrics[i]);
    const bool is_told = snapshot.is_new;
    execute(to_jsonb, extension.schema, {text_argument("{" + json + "}")}, true);
    std::vector<Argument> row{bool_argument(snapshot.is_change)};
    for (const core::Measure measure : counter_measures)
        row.push_back(is_told && (snapshot.reported >> measure & 1) != 0
                          ? int64_argument(snapshot.value[measure])
                          : null_argument());
    for (const core::Measure measure : amount_measures)
        row.push_back(is_told && (snapshot.reported >> measure & 1) != 0
                          ? micros_argument(snapshot.value[measure])
                          : null_argument());
    row.push_back(is_told && !metrics.empty() ? result(0, 1) : null_argument());
    put_row(fcinfo, row);
}

} // namespace

ROI_FUNCTION(roi_undo_import) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::require_update("imports");
    if (!has_argument(fcinfo, 0))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "batch must not be NULL", "It names the import to take back.",
             "Name a batch_id that roi_import() gave.");
    const std::int64_t batch_id = PG_GETARG_INT64(0);
    std::string user_id = text_of(fcinfo, 1);
    open_result(fcinfo);
    SpiScope spi;
    if (user_id.empty())
        store::authorise_operator(extension);
    else
        store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    store::Import import;
    const bool is_found = store::find_import(extension, batch_id, user_id, import);
    if (is_found) {
        store::lock_imports(extension, import.user_id);
        store::hold_user(extension, import.user_id);
        store::hold_facts(extension, RowExclusiveLock);
        store::lock_batch(extension, import.user_id, batch_id);
    }
    // another session may have been quicker
    if (!is_found || !store::find_import(extension, batch_id, user_id, import) || import.is_undone)
        fail(ERRCODE_INVALID_PARAMETER_VALUE,
             is_found ? "import " + std::to_string(batch_id) + " has been taken back before"
                      : "there is no import " + std::to_string(batch_id) + " of this user",
             "Only an import of the user that still stands can be taken back.",
             "The imports stand in roi_import_batches.");
    if (import.is_pruned)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
             "what import " + std::to_string(batch_id) + " had replaced is no longer kept",
             "Maintenance forgets it after a while: roi_maintain(keep_undo => ...).",
             "Export these days again and import them.");
    store::refuse_archived_import(extension, import.user_id, batch_id);
    store::lock_facts_of(extension, import.user_id, batch_id);
    store::lock_user(extension, import.user_id);
    const store::Undone undone = store::undo_import(extension, import, batch_id);
    put_row(fcinfo,
            {int64_argument(batch_id), int64_argument(undone.removed), int64_argument(undone.restored)});
    return Datum{0};
}

ROI_FUNCTION(roi_record_snapshot) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    std::vector<store::Snapshot> snapshots{checked_snapshot(fcinfo)};
    open_result(fcinfo);
    SpiScope spi;
    store::authorise(extension, user_id);
    RoleScope owner(extension.owner);
    const std::vector<store::OwnMetric> metrics = read_metrics(extension, fcinfo, snapshots.front());
    store::lock_user(extension, user_id);
    api::refuse_simulated(extension, user_id);
    store::FactWriter writer(extension, user_id, "recorded", 0);
    store::SnapshotWriter(extension, user_id, writer, metrics, 0).write(snapshots);
    writer.finish();
    put_increments(fcinfo, extension, snapshots.front(), metrics);
    return Datum{0};
}
