// Format rules and helpers that the import tests share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/import/import.hpp"

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

// A whole file read in one go.
struct Imported {
    explicit Imported(std::string text, const Options &options = {}, std::size_t lines_per_step = 1000)
        : content(std::move(text)), import(content, formats(), options) {
        while (import.step(lines_per_step)) {
        }
    }

    std::string reason(std::size_t number) const { return import.rejects().at(number).reason; }

    std::string content;
    Import import;
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
