// What the importer knows of a file format: rows of roi_import_formats and roi_import_columns as plain values.
#pragma once

#include <string>
#include <vector>

#include "core/seal.hpp"

namespace roi::core::import {

enum class Field {
    date,        // the day or hour a line covers; of a lifetime format: the moment of the snapshot
    campaign_id, // the network's own id, text
    campaign_name,
    post_id, // the network's id of the ad or post, text
    content_type,
    currency, // ISO 4217 code in a column of its own
    impressions,
    clicks,
    conversions,
    spend,
    revenue,
    likes,
    comments,
    shares,
    saves,
    status,     // of a campaign
    start_date, // of a campaign
    modified,   // which of several lines about one campaign is the newest (ISO text compares)
    filter,     // no value: lines whose cell matches none of `accept` are skipped
    marker,     // no value: a column that only tells this format from others
    account,    // the network's id or name of the ad account
    platform,   // per line, for files that hold several platforms
    period_end, // last day of a line that covers more than its date
    posted_at,  // when a post was published
    metric,     // one of the platform's own metrics, kept under its name in platform_metrics
};

enum class Unit { one, millionth };

// One header that a format may have. Headers that share (field, part, metric) are synonyms: the first one in the file
// serves. Parts of one field are added up (Pinterest's impression_1 + impression_2).
struct ColumnRule {
    Field field = Field::date;
    int part = 1;
    // Compared without case and outer blanks. A trailing "(*)" stands for a currency code in brackets, which then
    // is the file's currency: "amount spent (*)" reads "Amount spent (EUR)".
    std::string header;
    Unit unit = Unit::one;
    // A format is recognised when every (field, part) that has a required rule is found.
    bool required = false;
    // For Field::filter: accepted cell values; a trailing % matches any rest, case does not matter.
    std::vector<std::string> accept;
    std::string language{}; // of the header: en, de, fr, ...; empty for a connector's table
    std::string metric{};   // For Field::metric: its name in platform_metrics
};

struct FormatRule {
    std::string name;            // key of roi_import_formats, for example google_ads_report
    std::string platform;        // stored in roi_metrics.platform
    std::string content_type;    // of lines without a content_type column; may be empty
    bool campaigns_only = false; // lines describe campaigns (names, start, status) and carry no facts
    // A file without a date column may take its days from a preamble line like "July 8, 2025 - July 31, 2025".
    bool date_from_preamble = false;
    std::vector<ColumnRule> columns;
    bool lifetime = false;      // lines hold what a post has gathered so far, not what a day added
    bool is_paid = true;        // what the lines show and earn is paid delivery
    bool number_posts = false;  // posts without an id are named by their place in the file
    std::string posted_order{}; // dmy or mdy: how the network writes moments of publication
    // Its headers are words that many tools use: found by itself only in a file that has no other columns.
    bool is_exact = false;
};

} // namespace roi::core::import
