// Feeds whole files to the importer: whatever the bytes are, it ends with counts that add up or with an Error.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/import/import.hpp"
#include "core/import/spool.hpp"

#include "fuzz_formats.hpp"

namespace {

using namespace roi::core::import;

void require(bool holds) {
    if (!holds) std::abort();
}

class Collector : public Sink {
public:
    void fact(std::string_view record) override { facts.emplace_back(record); }
    void campaign(std::string_view record) override { campaigns.emplace_back(record); }
    void reject(const Reject &reject) override {
        require(reject.line > 0 && reject.value.size() <= 200 && !reject.reason.empty());
        ++rejects;
    }

    std::vector<std::string> facts, campaigns;
    std::int64_t rejects = 0;
};

// The first byte chooses the options, the rest is the file.
Options options_of(std::uint8_t byte) {
    Options options;
    options.date_order = (byte & 1) != 0 ? "dmy" : "";
    options.decimal_mark = (byte & 2) != 0 ? "," : "";
    options.spread_periods = (byte & 4) != 0;
    if ((byte & 8) != 0) options.day = 20000;
    if ((byte & 16) != 0) options.today = 20001;
    return options;
}

void merge(std::vector<std::string> &records, bool are_snapshots) {
    std::sort(records.begin(), records.end());
    MergedFacts merged(are_snapshots);
    Fact fact;
    for (const std::string &record : records)
        merged.feed(record, fact);
    merged.finish(fact);
}

void run(std::string_view content, const Options &options) {
    Collector collector;
    Import import(content, fuzz_formats(), options, collector);
    while (import.step(100)) {
    }
    const Counts &counts = import.counts();
    require(counts.read == counts.imported + counts.skipped + counts.rejected);
    require(counts.rejected == collector.rejects);
    merge(collector.facts, import.format().lifetime);
    std::sort(collector.campaigns.begin(), collector.campaigns.end());
    MergedCampaigns merged;
    Campaign campaign;
    for (const std::string &record : collector.campaigns)
        merged.feed(record, campaign);
    merged.finish(campaign);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0) return 0;
    try {
        run(std::string_view(reinterpret_cast<const char *>(data) + 1, size - 1), options_of(data[0]));
    } catch (const roi::core::Error &error) {
        require(error.what()[0] != '\0');
    }
    return 0;
}
