// Format rules and helpers that the import tests share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/import/import.hpp"
#include "core/import/spool.hpp"

namespace import_test {

using namespace roi::core::import;

inline ColumnRule column(Field field, const char *header, bool required = false, Unit unit = Unit::one,
                         int part = 1) {
    return {field, part, header, unit, required, {}};
}

inline FormatRule meta_format() {
    FormatRule format{"meta_ads", "facebook", "ad", false, false, {}};
    format.columns = {column(Field::date, "day", true),
                      column(Field::date, "reporting starts", true),
                      column(Field::period_end, "reporting ends"),
                      column(Field::campaign_name, "campaign name", true),
                      column(Field::campaign_id, "campaign id"),
                      column(Field::spend, "amount spent (*)", true),
                      column(Field::impressions, "impressions"),
                      column(Field::clicks, "link clicks"),
                      column(Field::clicks, "clicks (all)"),
                      column(Field::conversions, "purchases"),
                      column(Field::revenue, "purchases conversion value")};
    return format;
}

inline FormatRule google_format() {
    FormatRule format{"google_ads_report", "google", "", false, true, {}};
    format.columns = {column(Field::date, "day"),
                      column(Field::campaign_name, "campaign", true),
                      column(Field::currency, "currency code", true),
                      column(Field::spend, "cost", true),
                      column(Field::impressions, "impr."),
                      column(Field::clicks, "clicks"),
                      column(Field::conversions, "conversions")};
    return format;
}

inline FormatRule pinterest_format() {
    FormatRule format{"pinterest_table", "pinterest", "", false, false, {}};
    format.columns = {column(Field::date, "date", true),
                      column(Field::campaign_id, "campaign_id", true),
                      column(Field::post_id, "ad_id"),
                      column(Field::content_type, "ad_type"),
                      column(Field::currency, "currency"),
                      column(Field::impressions, "impression_1", true),
                      column(Field::impressions, "impression_2", false, Unit::one, 2),
                      column(Field::spend, "spend_in_micro_dollar", true, Unit::millionth),
                      column(Field::filter, "kind")};
    format.columns.back().accept = {"paid%", "Earned"};
    return format;
}

inline FormatRule campaign_format() {
    FormatRule format{"google_campaigns", "google", "", true, false, {}};
    format.columns = {column(Field::campaign_id, "id", true), column(Field::campaign_name, "name", true),
                      column(Field::modified, "updated_at", true), column(Field::start_date, "start_date"),
                      column(Field::status, "status")};
    return format;
}

inline const std::vector<FormatRule> &formats() {
    static const std::vector<FormatRule> all = {meta_format(), google_format(), pinterest_format(),
                                                campaign_format()};
    return all;
}

// Keeps everything in memory, sorts it and merges it, as the database does with files.
class Memory : public Sink {
public:
    void fact(std::string_view record) override { fact_records.emplace_back(record); }
    void campaign(std::string_view record) override { campaign_records.emplace_back(record); }
    void reject(const Reject &reject) override { rejects.push_back(reject); }

    std::vector<std::string> fact_records, campaign_records;
    std::vector<Reject> rejects;
};

// A whole file read in one go.
class Result {
public:
    Result(std::string_view content, const std::vector<FormatRule> &formats, const Options &options,
           std::size_t lines_per_step)
        : import_(content, formats, options, memory_) {
        while (import_.step(lines_per_step)) {
        }
        merge();
    }

    const std::vector<Fact> &facts() const { return facts_; }
    const std::vector<Campaign> &campaigns() const { return campaigns_; }
    const std::vector<Reject> &rejects() const { return memory_.rejects; }
    std::vector<std::string> currencies() const {
        std::set<std::string> names;
        for (const Fact &fact : facts_)
            names.insert(fact.currency);
        return {names.begin(), names.end()};
    }
    const FormatRule &format() const { return import_.format(); }
    const std::string &platform() const { return import_.platform(); }
    const Counts &counts() const { return import_.counts(); }
    const Extent &extent() const { return import_.extent(); }
    const std::vector<std::string> &metrics() const { return import_.metrics(); }
    bool is_dated() const { return import_.is_dated(); }
    std::string encoding() const { return import_.encoding(); }
    bool is_period() const { return import_.counts().periods > 0; }

private:
    void merge() {
        std::sort(memory_.fact_records.begin(), memory_.fact_records.end());
        std::sort(memory_.campaign_records.begin(), memory_.campaign_records.end());
        MergedFacts facts(import_.format().lifetime);
        Fact fact;
        for (const std::string &record : memory_.fact_records)
            if (facts.feed(record, fact)) facts_.push_back(fact);
        if (facts.finish(fact)) facts_.push_back(fact);
        MergedCampaigns campaigns;
        Campaign campaign;
        for (const std::string &record : memory_.campaign_records)
            if (campaigns.feed(record, campaign)) campaigns_.push_back(campaign);
        if (campaigns.finish(campaign)) campaigns_.push_back(campaign);
    }

    Memory memory_;
    Import import_;
    std::vector<Fact> facts_;
    std::vector<Campaign> campaigns_;
};

struct Imported {
    explicit Imported(std::string text, const Options &options = {}, std::size_t lines_per_step = 1000,
                      const std::vector<FormatRule> &known = formats())
        : content(std::move(text)), import(content, known, options, lines_per_step) {}

    std::string reason(std::size_t number) const { return import.rejects().at(number).reason; }

    std::string content;
    Result import;
};

// What an import throws; `thrown` stays false when it reads the file.
struct Failure {
    bool thrown = false;
    roi::core::Fault fault = roi::core::Fault::invalid_argument;
    std::string message, detail, hint;
};

inline Failure failure(const std::string &text, const Options &options = {}) {
    try {
        const Imported run(text, options);
    } catch (const roi::core::Error &error) {
        return {true, error.fault(), error.what(), error.detail(), error.hint()};
    }
    return {};
}

inline bool contains(const std::string &text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace import_test
