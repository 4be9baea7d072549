// Writes a spooled import: rejects, campaigns, facts or snapshots, and the sums of the batch.
#include "core/calendar.hpp"
#include "core/import/spool.hpp"

#include "api/import_writer.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "store/chunks.hpp"

namespace roi::api {

using namespace bridge;
namespace import = core::import;

namespace {

constexpr std::size_t max_known_campaigns = 32768;
constexpr int chunks_per_flush = 4; // of the rollup's sums: they stay below some 20 MiB

constexpr std::int64_t money_limit = 1000000000000 * core::micros_per_unit; // NUMERIC(18,6)

std::int64_t add_checked(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum) || sum >= money_limit || sum <= -money_limit)
        throw core::Error(
            core::Fault::out_of_range, "the file's sums are out of range", {},
            "Look for mistaken amounts; a sum of money stays below a million million, a count below 9.2e18.");
    return sum;
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

std::string campaign_key(const std::string &platform, const std::string &external_id) {
    return platform + '\n' + external_id;
}

// Metric names of files are plain words: the table sees to it.
std::vector<store::OwnMetric> own_metrics(const std::vector<std::string> &names) {
    std::vector<store::OwnMetric> metrics;
    metrics.reserve(names.size());
    for (const std::string &name : names)
        metrics.push_back({name, "\"" + name + "\""});
    return metrics;
}

std::string metrics_json(const import::Fact &fact, const std::vector<std::string> &names) {
    std::string text;
    for (std::size_t metric = 0; metric < fact.metrics.size(); ++metric)
        if ((fact.metrics_reported >> metric & 1) != 0)
            text += (text.empty() ? "{\"" : ", \"") + names[metric] +
                    "\": " + store::decimal_text(fact.metrics[metric]);
    return text.empty() ? text : text + "}";
}

} // namespace

ImportWriter::ImportWriter(const store::Extension &extension, std::string user_id, std::string currency,
                           const import::Import &file, const Zone &zone, Spool &spool, store::Batch &batch)
    : extension_(extension), user_id_(std::move(user_id)), currency_(std::move(currency)), file_(file),
      zone_(zone), spool_(spool), batch_(batch) {}

void ImportWriter::write_rejects() {
    std::vector<import::Reject> rejects;
    std::int64_t written = 0;
    std::string record;
    const auto flush = [&] {
        store::add_rejects(extension_, user_id_, batch_.id, written, rejects);
        written += static_cast<std::int64_t>(rejects.size());
        rejects.clear();
    };
    while (spool_.rejects.next(record)) {
        rejects.push_back(import::read_reject(record));
        if (rejects.size() == store::chunk_rows) flush();
    }
    flush();
}

void ImportWriter::write_campaigns() {
    import::MergedCampaigns merged;
    std::vector<import::Campaign> campaigns;
    import::Campaign campaign;
    std::string record;
    const auto add = [&] {
        const bool is_other = !campaigns.empty() && campaigns.front().platform != campaign.platform;
        if (is_other || campaigns.size() == store::chunk_rows) save_campaigns(campaigns);
        campaigns.push_back(std::move(campaign));
    };
    while (spool_.campaigns.next(record))
        if (merged.feed(record, campaign)) add();
    if (merged.finish(campaign)) add();
    save_campaigns(campaigns);
}

void ImportWriter::save_campaigns(std::vector<import::Campaign> &campaigns) {
    if (campaigns.empty()) return;
    check_interrupts();
    const std::vector<std::int64_t> ids =
        store::save_campaigns(extension_, user_id_, batch_.id, currency_, campaigns);
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (known_campaigns_.size() < max_known_campaigns)
            known_campaigns_.emplace(campaign_key(campaigns[i].platform, campaigns[i].external_id), ids[i]);
    campaign_ids_.insert(campaign_ids_.end(), ids.begin(), ids.end());
    campaigns.clear();
}

// After this the ids of all campaigns of the chunk are known.
void ImportWriter::look_up_campaigns(const Facts &facts) {
    std::map<std::string, std::vector<std::string>> missing; // by platform
    if (known_campaigns_.size() > max_known_campaigns) known_campaigns_.clear();
    for (const import::Fact &fact : facts) {
        if (fact.campaign.empty()) continue;
        if (known_campaigns_.emplace(campaign_key(fact.platform, fact.campaign), 0).second)
            missing[fact.platform].push_back(fact.campaign);
    }
    for (const auto &[platform, names] : missing) {
        const std::vector<std::int64_t> ids = store::find_campaigns(extension_, user_id_, platform, names);
        for (std::size_t i = 0; i < ids.size(); ++i)
            known_campaigns_[campaign_key(platform, names[i])] = ids[i];
    }
}

// Facts come sorted by stamp, so most look-ups repeat the last one.
std::int64_t ImportWriter::utc(const import::Fact &fact) {
    if (fact.stamp_is_utc) return fact.stamp;
    if (fact.stamp != last_civil_) {
        last_civil_ = fact.stamp;
        last_utc_ = zone_.to_utc(fact.stamp);
    }
    return last_utc_;
}

void ImportWriter::add_up(const import::Fact &fact) {
    ++batch_.facts;
    has_currencies_ = has_currencies_ || (has_currency_ && batch_.currency != fact.currency);
    has_currency_ = true;
    batch_.currency = has_currencies_ ? std::string() : fact.currency;
    batch_.has_spend =
        !has_currencies_ && (batch_.has_spend || (fact.reported >> core::measure_spend & 1) != 0);
    batch_.has_revenue =
        !has_currencies_ && (batch_.has_revenue || (fact.reported >> core::measure_revenue & 1) != 0);
    batch_.spend = add_checked(batch_.spend, fact.value[core::measure_spend]);
    batch_.revenue = add_checked(batch_.revenue, fact.value[core::measure_revenue]);
}

void ImportWriter::write_chunk(store::FactWriter &writer, Facts &facts) {
    check_interrupts();
    look_up_campaigns(facts);
    for (const import::Fact &from : facts) {
        add_up(from);
        store::Fact fact;
        fact.platform = from.platform;
        fact.post_id = from.post;
        fact.content_type = from.content_type;
        fact.currency = from.currency;
        if (!from.campaign.empty())
            fact.campaign_id = known_campaigns_.at(campaign_key(from.platform, from.campaign));
        fact.stamp = utc(from);
        fact.added = from.value;
        fact.reported = from.reported;
        fact.metrics = metrics_json(from, file_.metrics());
        set_prices(from, fact);
        writer.add(std::move(fact));
    }
    writer.flush();
    write_periods(facts);
    facts.clear();
}

// Ads of one campaign come one after the other: its period is noted once.
void ImportWriter::write_periods(const Facts &facts) {
    std::vector<store::Period> periods;
    for (const import::Fact &fact : facts) {
        if (fact.last_day == import::no_day) continue;
        store::Period period;
        period.platform = fact.platform;
        if (fact.campaign.empty())
            period.post_id = fact.post;
        else
            period.campaign_id = known_campaigns_.at(campaign_key(fact.platform, fact.campaign));
        period.first = fact.stamp / core::seconds_per_day;
        period.last = fact.last_day;
        if (periods.empty() || !(periods.back() == period)) periods.push_back(std::move(period));
    }
    store::add_periods(extension_, user_id_, batch_.id, periods);
}

// One post after the other, each in the order of time.
void ImportWriter::write_snapshots(store::SnapshotWriter &snapshots, store::FactWriter &writer,
                                   Facts &facts) {
    std::vector<store::Snapshot> chunk;
    for (const import::Fact &from : facts) {
        store::Snapshot snapshot;
        snapshot.platform = from.platform;
        snapshot.post_id = from.post;
        snapshot.content_type = from.content_type;
        snapshot.currency = from.currency;
        import::Fact hour = from;
        hour.stamp -= from.stamp % core::seconds_per_hour;
        snapshot.stamp = utc(hour);
        snapshot.moment = snapshot.stamp + from.stamp % core::seconds_per_hour;
        if (from.posted_at != INT64_MIN) snapshot.posted_at = zone_.to_utc(from.posted_at);
        snapshot.value = from.value;
        snapshot.reported = from.reported;
        snapshot.metrics = from.metrics;
        snapshot.metrics_reported = from.metrics_reported;
        chunk.push_back(std::move(snapshot));
    }
    snapshots.write(chunk);
    writer.flush();
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        if (!chunk[i].is_new) {
            --batch_.counts.imported;
            ++batch_.counts.skipped;
        }
        if (!chunk[i].is_change) continue;
        facts[i].value = chunk[i].value;
        add_up(facts[i]);
    }
    facts.clear();
}

void ImportWriter::write_facts() {
    const bool are_snapshots = file_.format().lifetime;
    import::MergedFacts merged(are_snapshots);
    store::FactWriter writer(extension_, user_id_, "imported", batch_.id);
    std::optional<store::SnapshotWriter> snapshots;
    if (are_snapshots)
        snapshots.emplace(extension_, user_id_, writer, own_metrics(file_.metrics()), batch_.id);
    Facts facts;
    import::Fact fact;
    std::string record;
    int chunks = 0;
    const auto flush = [&] {
        snapshots ? write_snapshots(*snapshots, writer, facts) : write_chunk(writer, facts);
        if (++chunks % chunks_per_flush == 0) writer.finish();
    };
    const auto add = [&] {
        facts.push_back(std::move(fact));
        if (facts.size() == store::chunk_rows) flush();
    };
    while (spool_.facts.next(record))
        if (merged.feed(record, fact)) add();
    if (merged.finish(fact)) add();
    flush();
    writer.finish();
}

} // namespace roi::api
