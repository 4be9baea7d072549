// Formats for the fuzzers: every field, two languages, a connector's table and snapshots.
#pragma once

#include <vector>

#include "core/import/rules.hpp"

inline const std::vector<roi::core::import::FormatRule> &fuzz_formats() {
    using namespace roi::core::import;
    const auto rule = [](Field field, const char *header, const char *language = "", bool required = false,
                         Unit unit = Unit::one) {
        ColumnRule made;
        made.field = field;
        made.header = header;
        made.language = language;
        made.required = required;
        made.unit = unit;
        return made;
    };
    static const std::vector<FormatRule> formats = [&] {
        FormatRule ads;
        ads.name = "ads";
        ads.platform = "facebook";
        ads.content_type = "ad";
        ads.date_from_preamble = true;
        ads.columns = {rule(Field::date, "day", "en"),
                       rule(Field::date, "tag", "de"),
                       rule(Field::period_end, "ends", "en"),
                       rule(Field::campaign_name, "campaign", "en"),
                       rule(Field::campaign_id, "campaign id", "en"),
                       rule(Field::account, "account", "en"),
                       rule(Field::currency, "currency", "en"),
                       rule(Field::spend, "cost", "en", true),
                       rule(Field::spend, "spent (*)", "en", true),
                       rule(Field::spend, "kosten", "de", true),
                       rule(Field::impressions, "impr.", "en"),
                       rule(Field::conversions, "conversions", "en")};
        FormatRule posts;
        posts.name = "posts";
        posts.platform = "instagram";
        posts.lifetime = true;
        posts.is_paid = false;
        posts.number_posts = true;
        posts.columns = {rule(Field::post_id, "post id", "en"), rule(Field::impressions, "views", "en", true),
                         rule(Field::posted_at, "publish time", "en"), rule(Field::date, "date", "en"),
                         rule(Field::metric, "reach", "en")};
        posts.columns.back().metric = "reach";
        FormatRule table;
        table.name = "table";
        table.platform = "ads";
        table.columns = {rule(Field::date, "date_day", "", true), rule(Field::platform, "platform"),
                         rule(Field::campaign_id, "campaign_id", "", true),
                         rule(Field::spend, "spend_micro", "", true, Unit::millionth),
                         rule(Field::filter, "kind")};
        table.columns.back().accept = {"paid%"};
        return std::vector<FormatRule>{ads, posts, table};
    }();
    return formats;
}
