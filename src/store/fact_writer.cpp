// Collects facts, gives them their numbers, chooses how they are written, and hands their sums over.
#include "core/report/number.hpp"
#include "core/rollup/delta.hpp"

#include "store/fact_writer.hpp"

#include "store/chunks.hpp"
#include "store/fact_batch.hpp"
#include "store/rollup_writer.hpp"
#include "store/strangers.hpp"

namespace roi::store {

using namespace bridge;

namespace {

std::vector<std::int64_t> next_ids(const Extension &extension, const char *sequence, std::size_t count) {
    std::vector<std::int64_t> ids(count);
    std::int64_t *const target = ids.data();
    const Oid schema = extension.schema;
    call([=] {
        const Oid relation = get_relname_relid(sequence, schema);
        for (std::size_t i = 0; i < count; ++i)
            target[i] = nextval_internal(relation, true);
    });
    return ids;
}

enum class Choice { automatic, spi, bulk };

// A plain placeholder, like roi_ext.user_id.
Choice choice_of_writer() {
    const char *const setting = call([] { return GetConfigOption("roi_ext.fact_writer", true, false); });
    const std::string_view name = setting == nullptr ? "" : setting;
    if (name.empty() || name == "auto") return Choice::automatic;
    if (name == "spi") return Choice::spi;
    if (name == "bulk") return Choice::bulk;
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "roi_ext.fact_writer is none of auto, spi, bulk",
         "The setting chooses how facts are written, for tests and support.", "RESET roi_ext.fact_writer.");
}

core::rollup::Fact rollup_fact(const Fact &row, std::string_view source) {
    core::rollup::Fact fact;
    fact.user_id = row.user_id;
    fact.platform = row.platform;
    fact.currency = row.currency;
    fact.content_type = row.content_type;
    fact.post_id = row.post_id;
    fact.content_category = row.content_category;
    fact.source = source;
    fact.is_generated = source == "simulated";
    fact.campaign_id = row.campaign_id;
    fact.stamp = timestamp_of(row.stamp);
    if (row.posted_at != no_moment) fact.posted_at = timestamp_of(row.posted_at);
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        if (!has_value(row, measure)) continue;
        fact.value[measure] = row.added[measure];
        fact.reported |= std::size_t{1} << measure;
    }
    const auto put = [&](bool is_there, std::size_t rate, std::int64_t &target, std::int64_t value) {
        if (!is_there) return;
        target = value;
        fact.reported |= std::size_t{1} << rate;
    };
    put(row.has_ratios, core::rollup::rate_roi, fact.roi, row.roi);
    put(row.has_ratios, core::rollup::rate_roas, fact.roas, row.roas);
    put(row.has_cost_per_click, core::rollup::rate_cpc, fact.cpc, row.cost_per_click);
    put(row.has_cost_per_impression, core::rollup::rate_cpi, fact.cpi, row.cost_per_impression);
    return fact;
}

} // namespace

void Fact::set_ratios(std::int64_t spend, std::int64_t revenue) {
    using core::report::Int128;
    const core::report::Value percent = core::report::ratio_or_zero((Int128{revenue} - spend) * 100, spend);
    const core::report::Value multiple = core::report::ratio_or_zero(revenue, spend);
    roi = static_cast<std::int64_t>(percent.number);
    roas = static_cast<std::int64_t>(multiple.number);
    has_ratios = roi == percent.number && roas == multiple.number;
}

FactWriter::FactWriter(const Extension &extension, std::string user_id, std::string source,
                       std::int64_t batch_id)
    : extension_(extension), users_{std::move(user_id)}, source_(std::move(source)), batch_id_(batch_id) {
    rows_.reserve(chunk_rows);
    if (stranger_to_inserts(extension).empty()) rollup_ = std::make_unique<RollupWriter>(extension);
}

FactWriter::~FactWriter() = default;

void FactWriter::set_user(const std::string &user_id) {
    if (users_.back() != user_id) users_.push_back(user_id);
}

void FactWriter::add(Fact fact) {
    fact.user_id = users_.back();
    rows_.push_back(std::move(fact));
    if (rows_.size() >= chunk_rows) flush();
}

// Where the statement trigger counts, the rows must come by a statement.
bool FactWriter::insert_in_bulk(const FactBatch &batch) {
    const Choice choice = choice_of_writer();
    const char *obstacle = "a trigger or rule";
    if (choice == Choice::spi) return false;
    if (rollup_ != nullptr) {
        if (bulk_ == nullptr) {
            const MemoryUse lasting(home_);
            bulk_ = std::make_unique<BulkFacts>(extension_);
        }
        if (bulk_->insert(batch)) return true;
        obstacle = bulk_->obstacle();
    }
    if (choice == Choice::bulk)
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "facts cannot be written in bulk",
             std::string("In the way: ") + obstacle + ".", "RESET roi_ext.fact_writer.");
    return false;
}

void FactWriter::flush() {
    if (rows_.empty()) return;
    check_interrupts();
    MemoryScope memory("facts");
    const FactBatch batch{extension_, source_, batch_id_, rows_,
                          next_ids(extension_, "roi_metrics_id_seq", rows_.size())};
    if (!insert_in_bulk(batch)) insert_by_statements(batch, rollup_ != nullptr);
    hand_over();
    written_ += static_cast<std::int64_t>(rows_.size());
    rows_.clear();
    users_.erase(users_.begin(), users_.end() - 1);
}

void FactWriter::close_bulk() {
    if (bulk_ != nullptr) bulk_->close();
    bulk_ = nullptr;
}

// What stands in the way of one account's rows need not stand in the way of the next one's.
void FactWriter::settle() {
    flush();
    if (bulk_ != nullptr && (bulk_->obstacle() != nullptr || bulk_->partitions() > most_partitions))
        close_bulk();
    if (rollup_ != nullptr) rollup_->flush();
}

void FactWriter::finish() {
    settle();
    close_bulk();
}

void FactWriter::hand_over() {
    if (rollup_ == nullptr) return;
    for (const Fact &row : rows_)
        rollup_->add(rollup_fact(row, source_), 1);
    if (rollup_->is_full()) rollup_->flush();
}

void make_coming_partitions(const Extension &extension) {
    static const Statement make{
        "SELECT @roi@.roi_make_partitions(ARRAY(SELECT generate_series(now(), now() + interval '3 months', interval '1 month')))",
        {}};
    execute(make, extension.schema, {}, false);
}

} // namespace roi::store
