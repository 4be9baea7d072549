// Whole files: sums, skipped and refused lines, campaigns, limits, and hostile bytes.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/row.hpp"
#include "import_support.hpp"

namespace {

using namespace import_test;
using namespace roi::core;

constexpr std::int64_t day_2026_08_01 = 1785542400;
const std::string meta = "Day,Campaign name,Amount spent (EUR),Impressions,Link clicks,Purchases\n";
const std::string pins = "date,campaign_id,impression_1,impression_2,spend_in_micro_dollar\n";

TEST(ImportFile, AddsUpLinesWithOneKey) {
    const Imported run(meta + "2026-08-02,B,1.5,10,1,\n2026-08-01,A,\"1,000.25\",20,2,0.5\n"
                              "2026-08-02,B,-0.5,5,--,\n2026-08-02,C,2,,,\n");
    const Counts &counts = run.import.counts();
    EXPECT_EQ(counts.read, 4);
    EXPECT_EQ(counts.imported, 4);
    const std::vector<Fact> &facts = run.import.facts();
    ASSERT_EQ(facts.size(), 3U);
    EXPECT_EQ(facts[0].stamp, day_2026_08_01);
    EXPECT_EQ(facts[0].campaign, "A");
    EXPECT_EQ(facts[0].value[measure_spend], 1000250000);
    EXPECT_EQ(facts[0].value[measure_conversions], 500000);
    EXPECT_EQ(facts[1].campaign, "B");
    EXPECT_EQ(facts[1].value[measure_spend], 1000000);
    EXPECT_EQ(facts[1].value[measure_views], 15);
    EXPECT_EQ(facts[1].value[measure_paid_views], 15);
    EXPECT_EQ(facts[1].value[measure_clicks], 1);
    EXPECT_EQ(facts[1].value[measure_paid_clicks], 1);
    EXPECT_EQ(facts[2].reported, 1U << measure_spend);
    EXPECT_EQ(facts[2].post, "");
    EXPECT_EQ(facts[2].content_type, "ad");
    EXPECT_EQ(run.import.currencies(), (std::vector<std::string>{"EUR"}));
}

TEST(ImportFile, PartsAddUpAndMillionthsStay) {
    const Imported run(pins + "2026-08-01,7,100,11,2250000\n2026-08-02,7,,5,\n2026-08-03,7,,,1.5\n");
    const std::vector<Fact> &facts = run.import.facts();
    ASSERT_EQ(facts.size(), 2U);
    EXPECT_EQ(facts[0].value[measure_views], 111);
    EXPECT_EQ(facts[0].value[measure_spend], 2250000);
    EXPECT_EQ(facts[1].value[measure_views], 5);
    EXPECT_EQ(facts[1].reported, 1U << measure_views | 1U << measure_paid_views);
    EXPECT_EQ(run.reason(0), "not a whole number");
}

TEST(ImportFile, SkipsTotalsFiltersAndEmptyLines) {
    const Imported run(
        "date,campaign_id,impression_1,spend_in_micro_dollar,kind\n2026-08-01,7,1,1,PAID_search\n"
        "2026-08-01,7,1,1,earned\n2026-08-01,7,1,1,organic\n2026-08-01,7,1,1,\n2026-08-01,7,,,paid\n"
        "Total: all,,5\n,,,,\n");
    EXPECT_EQ(run.import.counts().read, 7);
    EXPECT_EQ(run.import.counts().imported, 2);
    EXPECT_EQ(run.import.counts().skipped, 5);
    EXPECT_EQ(run.import.facts().at(0).value[measure_views], 2);
}

TEST(ImportFile, SkipsTheTotalsRowOfMeta) {
    const Imported run("Day,Campaign name,Amount spent (EUR)\n,,99\n,Total,99\n2026-08-01,A,1\nTotals,,99\n"
                       ",B,1\n");
    EXPECT_EQ(run.import.counts().skipped, 3);
    EXPECT_EQ(run.import.counts().imported, 1);
    ASSERT_EQ(run.import.rejects().size(), 1U);
    EXPECT_EQ(run.reason(0), "no date");
}

TEST(ImportFile, KeepsACampaignCalledTotal) {
    const Imported run(
        "Day,Campaign name,Amount spent (EUR)\n2026-08-01,Total,99\n2026-08-01,Total: brand,1\n");
    EXPECT_EQ(run.import.counts().imported, 2);
    EXPECT_EQ(run.import.facts().size(), 2U);
}

// Skipped in silence it would be lost, imported it would count everything twice.
TEST(ImportFile, RefusesADatedLineWithoutACampaign) {
    const Imported run("Day,Campaign name,Amount spent (EUR)\n2026-08-01,A,1\n2026-08-01,,1\n");
    EXPECT_EQ(run.import.counts().imported, 1);
    ASSERT_EQ(run.import.rejects().size(), 1U);
    EXPECT_EQ(run.reason(0), "no campaign on this line, perhaps a totals row");
}

TEST(ImportFile, TellsWhyALineIsRefused) {
    const Imported run(
        meta + "2026-08-01,A,1.2345678,1,1,1\n2026-08-01,\"A\nB\",1,1.5,1,1\n2026-08-01,A,1,1\n"
               "2/1/2026,A,1,1,1,1\n2026-08-01,\"A,1,1,1,1\n2026-08-01,A,1e12,1,1,1\n2026-08-01,A,1,1,1,1\n");
    const std::vector<Reject> &rejects = run.import.rejects();
    ASSERT_EQ(rejects.size(), 6U);
    EXPECT_EQ(rejects[0].line, 2);
    EXPECT_EQ(rejects[0].column, "Amount spent (EUR)");
    EXPECT_EQ(rejects[0].value, "1.2345678");
    EXPECT_EQ(rejects[0].reason, "more than 6 decimals");
    EXPECT_EQ(rejects[1].line, 3);
    EXPECT_EQ(rejects[1].reason, "not a whole number");
    EXPECT_EQ(rejects[2].line, 5);
    EXPECT_EQ(rejects[2].column, "");
    EXPECT_EQ(rejects[2].value, "2026-08-01,A,1,1");
    EXPECT_EQ(rejects[2].reason, "expected 6 columns, found 4");
    EXPECT_EQ(rejects[3].reason, "ambiguous date, expected YYYY-MM-DD");
    EXPECT_EQ(rejects[4].line, 7);
    EXPECT_EQ(rejects[4].reason, "a quoted field is not closed");
    EXPECT_EQ(rejects[5].reason, "out of range");
    EXPECT_EQ(run.import.counts().rejected, 6);
    EXPECT_EQ(run.import.counts().imported, 1);
    EXPECT_EQ(run.import.counts().read, 7);
}

TEST(ImportFile, AFullSumStaysAsItWas) {
    const Imported run(meta + "2026-08-01,A,1,9223372036854775807,1,\n2026-08-01,A,2,1,1,\n"
                              "2026-08-02,A,999999999999.999999,1,1,\n2026-08-02,A,0.000001,1,1,\n");
    EXPECT_EQ(run.reason(0), "sum out of range");
    EXPECT_EQ(run.reason(1), "sum out of range");
    const std::vector<Fact> &facts = run.import.facts();
    EXPECT_EQ(facts.at(0).value[measure_views], INT64_MAX);
    EXPECT_EQ(facts.at(0).value[measure_spend], 1000000);
    EXPECT_EQ(facts.at(0).value[measure_clicks], 1);
    EXPECT_EQ(facts.at(1).value[measure_spend], 999999999999999999);
}

TEST(ImportFile, ChoosesTheCurrency) {
    const std::string header = "date,campaign_id,impression_1,spend_in_micro_dollar";
    const std::string line = "2026-08-01,7,1,1";
    EXPECT_EQ(Imported(header + "\n" + line).import.currencies().at(0), "USD");
    Options options;
    options.currency = "jpy";
    EXPECT_EQ(Imported(header + "\n" + line, options).import.currencies().at(0), "JPY");
    EXPECT_EQ(Imported(meta + "2026-08-01,A,1,1,1,\n", options).import.currencies().at(0), "EUR");
    const Imported run(header + ",currency\n" + line + ",chf\n" + line + ",\n" + line + ",Euro\n", options);
    EXPECT_EQ(run.import.currencies(), (std::vector<std::string>{"CHF", "JPY"}));
    EXPECT_EQ(run.import.facts().size(), 2U);
    EXPECT_EQ(run.reason(0), "not a currency code of three letters");
    options.currency = "Euro";
    EXPECT_EQ(failure(header, options).fault, Fault::invalid_argument);
}

TEST(ImportFile, KeysByPostTypeAndOffset) {
    const Imported run("date,campaign_id,ad_id,ad_type,impression_1,spend_in_micro_dollar\n"
                       "2026-08-01 05:20:00,7,p,Video,1,1\n2026-08-01T05:40:00,7,p,Video,1,1\n"
                       "2026-08-01 05:00:00Z,7,p,Video,1,1\n2026-08-01 05:00:00,7,q,,1,1\n");
    const std::vector<Fact> &facts = run.import.facts();
    ASSERT_EQ(facts.size(), 3U);
    EXPECT_EQ(facts[0].stamp, day_2026_08_01 + 5 * 3600);
    EXPECT_EQ(facts[0].value[measure_views], 2);
    EXPECT_FALSE(facts[0].stamp_is_utc);
    EXPECT_EQ(facts[0].content_type, "Video");
    EXPECT_EQ(facts[1].post, "q");
    EXPECT_EQ(facts[1].content_type, "");
    EXPECT_TRUE(facts[2].stamp_is_utc);
}

TEST(ImportFile, KnowsPeriodRows) {
    const std::string header = "Reporting starts,Reporting ends,Campaign name,Amount spent (EUR)\n";
    EXPECT_FALSE(Imported(header + "2026-08-01,2026-08-01,A,1\n").import.is_period());
    const Imported run(header + "2026-08-01,2026-08-31,A,1\n");
    EXPECT_TRUE(run.import.is_period());
    EXPECT_EQ(run.import.facts().at(0).stamp, day_2026_08_01);
}

TEST(ImportFile, NamesCampaigns) {
    const std::string header = "Day,Campaign ID,Campaign name,Amount spent (EUR)\n";
    const Imported run(
        header + "2026-08-01,1,Old,1\n2026-08-01,1,\"New \"\"\xF0\x9F\x98\x80\"\"\",1\n2026-08-02,1,,1\n"
                 "2026-08-02,,Loose,1\n2026-08-02,-,,2\n");
    const std::vector<Campaign> &campaigns = run.import.campaigns();
    ASSERT_EQ(campaigns.size(), 2U);
    EXPECT_EQ(campaigns[0].external_id, "1");
    EXPECT_EQ(campaigns[0].name, "New \"\xF0\x9F\x98\x80\"");
    EXPECT_EQ(campaigns[1].external_id, "Loose");
    EXPECT_EQ(run.import.facts().back().campaign, "Loose");
    EXPECT_EQ(run.import.facts().at(1).campaign, "");
}

TEST(ImportFile, TheNewestLineTellsTheCampaign) {
    const Imported run("id,name,updated_at,start_date,status\n1,New,2022-06-24T05:35:31,2020-04-22,PAUSED\n"
                       "1,Old,2021-06-29T17:19:05.102,2020-01-01,ENABLED\n2,Other,2021-01-01,,\n"
                       "2,,2022-01-01,2021-02-03,REMOVED\n,,2022-01-01,,\n3,X,2022-01-01,tomorrow,\n");
    EXPECT_TRUE(run.import.facts().empty());
    const std::vector<Campaign> &campaigns = run.import.campaigns();
    ASSERT_EQ(campaigns.size(), 2U);
    EXPECT_EQ(campaigns[0].name, "New");
    EXPECT_EQ(campaigns[0].status, "PAUSED");
    EXPECT_EQ(campaigns[0].start_day, 18374);
    EXPECT_EQ(campaigns[1].name, "Other");
    EXPECT_EQ(campaigns[1].status, "REMOVED");
    EXPECT_EQ(campaigns[1].start_day, 18661);
    EXPECT_EQ(run.reason(0), "no campaign");
    EXPECT_EQ(run.reason(1), "not a date");
    EXPECT_EQ(run.import.counts().imported, 4);
}

TEST(ImportFile, LimitsTexts) {
    std::string name;
    for (int characters = 0; characters < 255; ++characters)
        name += "\xC3\xA9";
    const Imported run("Day,Campaign name,Amount spent (EUR)\n2026-08-01," + name + ",1\n2026-08-01," + name +
                       "x,1\n");
    EXPECT_EQ(run.import.counts().imported, 1);
    EXPECT_EQ(run.reason(0), "longer than 255 characters");
    EXPECT_EQ(run.import.rejects()[0].value.size(), 200U);
}

TEST(ImportFile, StopsAfterTooManyRejects) {
    Options options;
    options.max_rejects = 2;
    const std::string bad = "x,A,1,1,1,1\n";
    const Imported run(meta + bad + bad, options);
    EXPECT_EQ(run.import.counts().rejected, 2);
    const Failure failed = failure(meta + bad + bad + bad, options);
    EXPECT_EQ(failed.fault, Fault::bad_file);
    EXPECT_EQ(failed.message, "more than 2 lines were refused");
    EXPECT_EQ(failed.detail, "The first is line 2, column \"Day\": not a date.");
    options.max_rejects = 0;
    EXPECT_EQ(failure(meta + bad, options).message, "more than 0 lines were refused");
}

TEST(ImportFile, AHeaderAloneIsFine) {
    const Imported run(meta);
    EXPECT_EQ(run.import.counts().read, 0);
    EXPECT_TRUE(run.import.facts().empty());
}

TEST(ImportFile, StepsAddUpToTheSame) {
    std::string text = meta;
    for (int line = 0; line < 57; ++line)
        text += "2026-08-0" + std::to_string(1 + line % 9) + ",C" + std::to_string(line % 5) + ",0.01,1,1,\n";
    const Imported whole(text);
    for (const std::size_t lines : {0U, 1U, 7U, 57U, 58U}) {
        const Imported parts(text, {}, lines);
        ASSERT_EQ(parts.import.facts().size(), whole.import.facts().size());
        EXPECT_EQ(parts.import.facts().back().value, whole.import.facts().back().value);
        EXPECT_EQ(parts.import.counts().imported, 57);
    }
    const std::string content = text;
    Memory memory;
    Import import(content, formats(), {}, memory);
    EXPECT_TRUE(import.step(58)); // settling takes a turn through the file
    EXPECT_TRUE(import.step(57));
    EXPECT_FALSE(import.step(1));
    EXPECT_FALSE(import.step(1));
}

TEST(ImportFile, TheOptionNamesThePlatform) {
    Options options;
    options.platform = "instagram";
    EXPECT_EQ(Imported(meta, options).import.platform(), "instagram");
}

TEST(ImportFile, OnlyQuotesEndInAnError) {
    EXPECT_EQ(failure(std::string(5000000, '"')).fault, Fault::bad_file);
    std::string text = meta;
    for (int line = 0; line < 1000000; ++line)
        text += "\"\"\"\n\"";
    Options options;
    options.max_rejects = 2000000;
    const Imported run(text, options);
    EXPECT_EQ(run.import.counts().imported, 0);
}

// Whatever the bytes are, an import ends with a result whose counts add up or with an Error.
void survive(const std::string &text) {
    try {
        const Imported run(text);
        const Counts &counts = run.import.counts();
        EXPECT_EQ(counts.read, counts.imported + counts.skipped + counts.rejected);
        EXPECT_LE(run.import.facts().size(), static_cast<std::size_t>(counts.imported));
    } catch (const Error &error) {
        EXPECT_FALSE(std::string(error.what()).empty());
    }
}

TEST(ImportFile, SurvivesRandomBytes) {
    std::mt19937_64 random(20260801);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    const std::string alphabet = "\",;\t\r\n 0123456789.-+eE$<%()aT:Z/\xC2\xA0";
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(below(400), ' ');
        for (char &byte : bytes)
            byte = round % 4 == 0 ? static_cast<char>(random()) : alphabet[below(alphabet.size() - 2)];
        survive(round % 2 == 0 ? bytes : meta + bytes);
    }
}

TEST(ImportFile, SurvivesBrokenFiles) {
    std::mt19937_64 random(4711);
    const auto below = [&](std::size_t end) { return static_cast<std::size_t>(random() % end); };
    const std::vector<std::string> files = {
        meta + "2026-08-02,B,1.5,10,1,\n2026-08-01,\"A, \"\"x\"\"\",\"1,000.25\",20,2,0.5\n",
        pins + "2026-08-01T05:00:00+02:00,7,100,11,2250000\r\nTotal,,,5,\r\n",
        "Report\n\"July 8, 2025 - July 31, 2025\"\nCampaign,Currency code,Cost\nShoes,EUR,1\nTotal: all,,\n",
        "id,name,updated_at,start_date,status\n1,New,2022-06-24T05:35:31,2020-04-22,PAUSED\n"};
    const std::string splinters = "\",;\n\r-.09eE\xC3\xA9";
    for (int round = 0; round < 5000; ++round) {
        std::string text = files[below(files.size())];
        for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
            const std::size_t at = below(text.size());
            const std::size_t kind = below(3);
            if (kind == 0)
                text.erase(at, 1 + below(5));
            else if (kind == 1)
                text.insert(at, 1, splinters[below(splinters.size())]);
            else
                text.insert(at, text.substr(below(text.size()), below(40)));
            if (text.empty()) text = "x";
        }
        survive(text);
    }
}

} // namespace
