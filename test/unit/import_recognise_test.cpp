// Finding the header line, the separator and the format, and what the errors say.
#include <gtest/gtest.h>

#include <string>

#include "core/import/recognise.hpp"
#include "import_support.hpp"

namespace {

using namespace import_test;
using roi::core::Fault;

constexpr const char *meta_header = "Day,Campaign name,Amount spent (EUR),Impressions\n";

TEST(ImportRecognise, SettlesFormatAndSeparator) {
    for (const char separator : {',', ';', '\t'}) {
        std::string text = std::string(meta_header) + "2026-08-01,Summer,1.5,10\n";
        for (char &c : text)
            c = c == ',' ? separator : c;
        const Imported run(text);
        EXPECT_EQ(run.import.format().name, "meta_ads");
        EXPECT_EQ(run.import.platform(), "facebook");
        EXPECT_EQ(run.import.counts().imported, 1);
    }
}

TEST(ImportRecognise, FindsAnExactFormatOnlyInItsOwnColumns) {
    FormatRule daily{"daily", "youtube", "video", false, false, {}};
    daily.columns = {column(Field::date, "date", true), column(Field::impressions, "views", true),
                     column(Field::marker, "geography")};
    daily.is_exact = true;
    const auto found = [&](const std::string &header, const char *wanted = "auto") {
        try {
            return recognise(Text(header), {daily}, wanted).format->name;
        } catch (const roi::core::Error &error) {
            return std::string(error.detail());
        }
    };
    EXPECT_EQ(found("Date,Views\n"), "daily");
    EXPECT_EQ(found("Date,Geography,Views\n"), "daily");
    EXPECT_EQ(found("Views,,Date\n"), "daily"); // a column without a header is none
    EXPECT_EQ(found("Post ID,Date,Views,Likes\n"),
              "Columns of line 1: Post ID, Date, Views, Likes. Format daily has no column \"post id\".");
    EXPECT_EQ(found("Post ID,Date,Views,Likes\n", "daily"), "daily");
}

TEST(ImportRecognise, ComparesHeadersLoosely) {
    const Imported run(
        "\xEF\xBB\xBF\" day \",CAMPAIGN   NAME,\"Amount\xC2\xA0spent (jpy)\"\n2026-08-01,Summer,7\n");
    ASSERT_EQ(run.import.facts().size(), 1U);
    EXPECT_EQ(run.import.currencies().at(0), "JPY");
}

TEST(ImportRecognise, SkipsThePreamble) {
    const Imported run("Campaign report\n\"July 8, 2025 - July 31, 2025\"\n"
                       "Campaign,Currency code,Cost,Impr.\nShoes,EUR,1.25,\"25,881\"\n");
    EXPECT_EQ(run.import.format().name, "google_ads_report");
    EXPECT_TRUE(run.import.is_period());
    ASSERT_EQ(run.import.facts().size(), 1U);
    EXPECT_EQ(run.import.facts()[0].stamp, 20277 * 86400);
    EXPECT_EQ(run.import.facts()[0].value[roi::core::measure_views], 25881);
}

TEST(ImportRecognise, ReadsAnUnquotedDateRange) {
    const Imported run("Campaign report\nMade on,2025-08-02\nJuly 8, 2025 - July 31, 2025\n"
                       "Campaign,Currency code,Cost\nShoes,EUR,1\n");
    EXPECT_EQ(run.import.facts().at(0).stamp, 20277 * 86400);
}

TEST(ImportRecognise, NeedsDates) {
    const Failure failed = failure("Campaign,Currency code,Cost\nShoes,EUR,1\n");
    EXPECT_EQ(failed.fault, Fault::bad_file);
    EXPECT_EQ(failed.message, "the file names no dates");
}

TEST(ImportRecognise, ADateColumnBeatsThePreamble) {
    const Imported run(
        "\"July 8, 2025 - July 31, 2025\"\nDay,Campaign,Currency code,Cost\n2025-07-09,Shoes,EUR,1\n");
    EXPECT_FALSE(run.import.is_period());
    EXPECT_EQ(run.import.facts().at(0).stamp, 20278 * 86400);
}

TEST(ImportRecognise, LooksAtTwentyRecords) {
    std::string preamble;
    for (int line = 0; line < 19; ++line)
        preamble += "note\n\n";
    EXPECT_FALSE(failure(preamble + meta_header).thrown);
    EXPECT_TRUE(failure(preamble + "note\n" + meta_header).thrown);
}

TEST(ImportRecognise, TheFirstSynonymServes) {
    const Imported both(
        "Clicks (all),Day,Campaign name,Amount spent (EUR),Link clicks\n9,2026-08-01,A,1,4\n");
    EXPECT_EQ(both.import.facts().at(0).value[roi::core::measure_clicks], 4);
    const Imported one("Clicks (all),Day,Campaign name,Amount spent (EUR)\n9,2026-08-01,A,1\n");
    EXPECT_EQ(one.import.facts().at(0).value[roi::core::measure_clicks], 9);
}

TEST(ImportRecognise, TellsWhatIsMissing) {
    const Failure failed = failure("Day,Campaign name,Impressions\n2026-08-01,A,1\n");
    EXPECT_EQ(failed.fault, Fault::bad_file);
    EXPECT_EQ(failed.message, "no known export format matches this file");
    EXPECT_TRUE(contains(failed.detail, "Columns of line 1: Day, Campaign name, Impressions."))
        << failed.detail;
    EXPECT_TRUE(contains(failed.detail, "meta_ads misses \"amount spent (*)\"")) << failed.detail;
    EXPECT_TRUE(contains(failed.hint, "format =>")) << failed.hint;
}

TEST(ImportRecognise, ShowsAFileOfAnotherKind) {
    const Failure failed = failure("hello\nworld\n");
    EXPECT_EQ(failed.fault, Fault::bad_file);
    EXPECT_TRUE(contains(failed.detail, "Columns of line 1: hello.")) << failed.detail;
}

TEST(ImportRecognise, TriesOnlyTheNamedFormat) {
    Options options;
    options.format = "google_ads_report";
    const Failure failed = failure(std::string(meta_header) + "2026-08-01,Summer,1.5,10\n", options);
    EXPECT_EQ(failed.message, "this file is not of format \"google_ads_report\"");
    EXPECT_TRUE(contains(failed.hint, "\"campaign\", \"currency code\", \"cost\"")) << failed.hint;
    options.format = "meta_ads";
    EXPECT_FALSE(failure(std::string(meta_header) + "2026-08-01,Summer,1.5,10\n", options).thrown);
}

TEST(ImportRecognise, RefusesUnknownNames) {
    Options options;
    options.format = "excel";
    const Failure failed = failure(meta_header, options);
    EXPECT_EQ(failed.fault, Fault::invalid_argument);
    EXPECT_TRUE(contains(failed.detail, "meta_ads, google_ads_report, pinterest_table")) << failed.detail;
}

TEST(ImportRecognise, RefusesAnAmbiguousFile) {
    FormatRule twin = meta_format();
    twin.name = "meta_twin";
    const std::string text = meta_header;
    try {
        const std::vector<FormatRule> twins = {meta_format(), twin};
        recognise(Text(text), twins, "auto");
        FAIL() << "nothing was thrown";
    } catch (const roi::core::Error &error) {
        EXPECT_EQ(error.fault(), Fault::bad_file);
        EXPECT_TRUE(contains(error.detail(), "meta_ads, meta_twin")) << error.detail();
        EXPECT_TRUE(contains(error.hint(), "format => 'meta_ads'")) << error.hint();
    }
    twin.columns.push_back(column(Field::comments, "impressions"));
    const std::vector<FormatRule> richer = {meta_format(), twin};
    EXPECT_EQ(recognise(Text(text), richer, "auto").format->name, "meta_twin");
}

TEST(ImportRecognise, RefusesTwoCurrencies) {
    FormatRule format = meta_format();
    format.columns.push_back(column(Field::revenue, "value (*)", false, Unit::one, 2));
    const std::vector<FormatRule> formats = {format};
    EXPECT_THROW(recognise(Text("Day,Campaign name,Amount spent (EUR),Value (USD)\n"), formats, "auto"),
                 roi::core::Error);
    EXPECT_EQ(recognise(Text("Day,Campaign name,Amount spent (EUR),Value (EUR)\n"), formats, "auto").currency,
              "EUR");
}

TEST(ImportRecognise, RefusesAUsedColumnThatStandsTwice) {
    const std::vector<FormatRule> formats = {meta_format()};
    for (const char *header : {"Day,Campaign name,Amount spent (EUR),Amount spent (USD)\n",
                               "Day,Campaign name,Amount spent (EUR),Amount spent (EUR)\n",
                               "Day,Day,Campaign name,Amount spent (EUR)\n"})
        EXPECT_THROW(recognise(Text(header), formats, "auto"), roi::core::Error) << header;
    EXPECT_NO_THROW(recognise(Text("Day,Campaign name,Amount spent (EUR),Reach,Reach\n"), formats, "auto"));
}

TEST(ImportRecognise, WorksWithoutAnyFormat) {
    const std::vector<FormatRule> none;
    EXPECT_THROW(recognise(Text("a,b\n"), none, "auto"), roi::core::Error);
}

} // namespace
