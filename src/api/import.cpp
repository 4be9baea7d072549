// roi_import(): an export file in, exact facts, campaigns, posts and a list of refused lines out, in one transaction.
#include <algorithm>
#include <map>
#include <set>

#include "core/calendar.hpp"
#include "core/import/import.hpp"

#include "store/fact_writer.hpp"
#include "store/imports.hpp"
#include "store/notify.hpp"

#include "bridge/memory.hpp"
#include "bridge/zone.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
namespace import = roi::core::import;

constexpr std::size_t lines_per_step = 4096; // between two looks at interrupts
constexpr const char *sums_hint =
    "Look for mistaken amounts; a sum of money stays below a million million, a count below 9.2e18.";

struct Request {
    std::string user_id;
    Argument content_argument;
    std::string_view content;
    import::Options options;
    std::string time_zone;
};

std::string_view content_of(FunctionCallInfo fcinfo, int number) {
    static const char *const hint =
        "Pass the bytes of the file, for example pg_read_binary_file('export.csv').";
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "content must not be NULL", "There is nothing to import.", hint);
    const bytea *const bytes = call([fcinfo, number] { return PG_GETARG_BYTEA_PP(number); });
    return std::string_view(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

Request read_request(FunctionCallInfo fcinfo) {
    Request request;
    request.user_id = user_of(fcinfo, 0);
    request.content = content_of(fcinfo, 1);
    request.content_argument = {PG_GETARG_DATUM(1), false};
    if (has_argument(fcinfo, 2)) request.options.format = text_of(fcinfo, 2);
    request.options.platform = text_of(fcinfo, 3);
    request.options.currency = text_of(fcinfo, 4);
    request.time_zone = has_argument(fcinfo, 5) ? text_of(fcinfo, 5) : "UTC";
    if (has_argument(fcinfo, 6)) {
        const int32 max_rejects = PG_GETARG_INT32(6);
        if (max_rejects < 0 || max_rejects > 1000000)
            fail(ERRCODE_INVALID_PARAMETER_VALUE, "max_rejects must lie between 0 and 1000000",
                 "It is " + std::to_string(max_rejects) + ".", "The default is 1000.");
        request.options.max_rejects = static_cast<std::size_t>(max_rejects);
    }
    if (has_argument(fcinfo, 3) && request.options.platform.find_first_not_of(' ') == std::string::npos)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "platform is blank",
             "Facts are kept by the name of their platform.", "Name it like 'facebook', or leave it out.");
    if (request.options.platform.size() > 50)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "platform is longer than 50 bytes",
             "It has " + std::to_string(request.options.platform.size()) + ".", "Name it like 'facebook'.");
    return request;
}

void refuse_simulated(const store::Extension &extension, const std::string &user_id) {
    static const Statement is_simulated{
        "SELECT EXISTS (SELECT FROM @roi@.roi_simulations WHERE user_id = $1)::int::bigint", {TEXTOID}};
    execute(is_simulated, extension.schema, {text_argument(user_id)}, false);
    if (result_int64(0, 1) != 0)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "user \"" + user_id + "\" is a simulated account",
             "Real and invented money never add up.",
             "Remove the simulation with roi_purge_simulated() first.");
}

// Sums of money must fit NUMERIC(18,6), the column that keeps them.
std::int64_t add_checked(std::int64_t a, std::int64_t b) {
    constexpr std::int64_t limit = 1000000000000 * core::micros_per_unit;
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum) || sum >= limit || sum <= -limit)
        throw core::Error(core::Fault::out_of_range, "the file's sums are out of range", {}, sums_hint);
    return sum;
}

// Stamps of all facts in UTC, by index. Facts come sorted by stamp, so most look-ups repeat the last one.
std::vector<std::int64_t> utc_stamps(const std::vector<import::Fact> &facts, const Zone &zone) {
    std::vector<std::int64_t> stamps;
    stamps.reserve(facts.size());
    std::int64_t last_civil = no_moment, last_utc = no_moment;
    for (const import::Fact &fact : facts) {
        if (!fact.stamp_is_utc && fact.stamp != last_civil) {
            last_civil = fact.stamp;
            last_utc = zone.to_utc(fact.stamp);
        }
        stamps.push_back(fact.stamp_is_utc ? fact.stamp : last_utc);
    }
    return stamps;
}

store::Batch summarise(const Request &request, const import::Import &file,
                       const std::vector<std::int64_t> &stamps, const Zone &zone) {
    store::Batch batch;
    batch.format = file.format().name;
    batch.platform = file.platform();
    batch.time_zone = request.time_zone;
    batch.content_bytes = static_cast<std::int64_t>(request.content.size());
    batch.counts = file.counts();
    batch.facts = static_cast<std::int64_t>(file.facts().size());
    std::set<std::uint32_t> currencies;
    bool days_only = true;
    for (const import::Fact &fact : file.facts()) {
        currencies.insert(fact.currency);
        days_only = days_only && !fact.stamp_is_utc && fact.stamp % core::seconds_per_day == 0;
        batch.has_spend = batch.has_spend || (fact.reported >> core::measure_spend & 1) != 0;
        batch.has_revenue = batch.has_revenue || (fact.reported >> core::measure_revenue & 1) != 0;
        batch.spend = add_checked(batch.spend, fact.value[core::measure_spend]);
        batch.revenue = add_checked(batch.revenue, fact.value[core::measure_revenue]);
    }
    if (currencies.size() == 1) batch.currency = file.currencies()[*currencies.begin()];
    batch.has_spend = batch.has_spend && currencies.size() == 1;
    batch.has_revenue = batch.has_revenue && currencies.size() == 1;
    if (!stamps.empty()) {
        batch.since = *std::min_element(stamps.begin(), stamps.end());
        // The last day ends at the next midnight of the zone: it may have 23 or 25 hours.
        batch.until = days_only ? zone.to_utc(file.facts().back().stamp + core::seconds_per_day)
                                : *std::max_element(stamps.begin(), stamps.end()) + core::seconds_per_hour;
    }
    return batch;
}

std::int64_t civil_day(const import::Fact &fact) {
    return fact.stamp / core::seconds_per_day; // stamps lie after 1970
}

std::vector<std::int64_t> save_campaigns(const store::Extension &extension, const Request &request,
                                         const import::Import &file) {
    std::vector<store::FileCampaign> campaigns(file.campaigns().size());
    for (std::size_t i = 0; i < campaigns.size(); ++i)
        campaigns[i].campaign = &file.campaigns()[i];
    for (const import::Fact &fact : file.facts()) {
        if (fact.campaign == import::no_index) continue;
        store::FileCampaign &campaign = campaigns[fact.campaign];
        if (campaign.first_day == INT64_MIN) { // facts come sorted by stamp: the first one is the earliest
            campaign.first_day = civil_day(fact);
            campaign.currency = file.currencies()[fact.currency];
        }
    }
    return store::save_campaigns(extension, request.user_id, file.platform(), request.options.currency,
                                 campaigns);
}

// The price of one unit: a / b, half up, when both were reported and there was a unit.
std::int64_t price(std::int64_t micros, std::int64_t units) { return (micros + units / 2) / units; }

void set_prices(const import::Fact &from, store::Fact &fact) {
    const std::int64_t spend = from.value[core::measure_spend];
    const bool has_spend = (from.reported >> core::measure_spend & 1) != 0 && spend >= 0;
    fact.has_cost_per_click = has_spend && from.value[core::measure_clicks] > 0;
    fact.has_cost_per_impression = has_spend && from.value[core::measure_views] > 0;
    if (fact.has_cost_per_click) fact.cost_per_click = price(spend, from.value[core::measure_clicks]);
    if (fact.has_cost_per_impression)
        fact.cost_per_impression = price(spend, from.value[core::measure_views]);
    if ((from.reported >> core::measure_spend & from.reported >> core::measure_revenue & 1) != 0)
        fact.set_ratios(spend, from.value[core::measure_revenue]);
}

void write_facts(const store::Extension &extension, const Request &request, const import::Import &file,
                 const std::vector<std::int64_t> &stamps, const std::vector<std::int64_t> &campaign_ids,
                 std::int64_t batch_id) {
    store::FactWriter writer(extension, request.user_id, "imported", batch_id);
    for (std::size_t i = 0; i < stamps.size(); ++i) {
        const import::Fact &from = file.facts()[i];
        store::Fact fact;
        fact.platform = file.platform();
        if (from.post != import::no_index) fact.post_id = file.posts()[from.post];
        if (from.content_type != import::no_index)
            fact.content_type = file.content_types()[from.content_type];
        fact.currency = file.currencies()[from.currency];
        fact.campaign_id = from.campaign == import::no_index ? 0 : campaign_ids[from.campaign];
        fact.stamp = stamps[i];
        fact.added = from.value;
        fact.reported = from.reported;
        set_prices(from, fact);
        writer.add(std::move(fact));
    }
    writer.finish();
}

void put_batch(FunctionCallInfo fcinfo, const store::Batch &batch) {
    put_row(fcinfo, {int64_argument(batch.id), text_argument(batch.format), text_argument(batch.platform),
                     int64_argument(batch.counts.read), int64_argument(batch.counts.imported),
                     int64_argument(batch.counts.skipped), int64_argument(batch.counts.rejected),
                     batch.has_spend ? micros_argument(batch.spend) : null_argument(),
                     batch.has_revenue ? micros_argument(batch.revenue) : null_argument(),
                     moment_argument(batch.since), moment_argument(batch.until), text_or_null(batch.currency),
                     int64_argument(batch.facts)});
}

store::Batch store_file(const store::Extension &extension, const Request &request, const import::Import &file,
                        const Zone &zone) {
    const std::vector<std::int64_t> stamps = utc_stamps(file.facts(), zone);
    store::Batch batch = summarise(request, file, stamps, zone);
    const std::int64_t earlier = store::overlapping_batch(extension, request.user_id, batch);
    if (earlier != 0)
        notice("import " + std::to_string(earlier) +
               " of the same format covers some of these days; lines that stand in both files count twice");
    store::add_batch(extension, request.user_id, request.content_argument, batch);
    store::add_rejects(extension, request.user_id, batch.id, file.rejects());
    const std::vector<std::int64_t> campaign_ids = save_campaigns(extension, request, file);
    write_facts(extension, request, file, stamps, campaign_ids, batch.id);
    store::refresh_campaigns(extension, request.user_id, campaign_ids);
    return batch;
}

} // namespace

ROI_FUNCTION(roi_import) {
    const store::Extension extension = store::open_extension(fcinfo);
    const Request request = read_request(fcinfo);
    const Zone zone(request.time_zone);
    open_result(fcinfo);
    SpiScope spi;
    store::authorise(extension, request.user_id);
    RoleScope owner(extension.owner);
    store::lock_user(extension, request.user_id);
    refuse_simulated(extension, request.user_id);
    store::Batch batch;
    if (store::find_batch(extension, request.user_id, request.content_argument, batch)) {
        notice("this file has been imported before; nothing was added");
        put_batch(fcinfo, batch);
        return Datum{0};
    }
    const std::vector<import::FormatRule> formats = store::load_formats(extension);
    import::Import file(request.content, formats, request.options);
    while (file.step(lines_per_step))
        check_interrupts();
    if (file.is_period())
        notice(
            "the lines of this file cover a period; each is kept as one row stamped at the period's start");
    try {
        batch = store_file(extension, request, file, zone);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE)
            rethrow_with_hint(error, sums_hint);
        throw;
    }
    put_batch(fcinfo, batch);
    store::announce(extension, "import");
    store::announce_to_user(extension, request.user_id, "import");
    return Datum{0};
}
