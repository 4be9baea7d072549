// The same rows in every language, separator, decimal mark, encoding and line end; what is ambiguous is settled or refused.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/decimal.hpp"
#include "core/import/decode.hpp"
#include "import_support.hpp"

namespace {

using namespace import_test;
using namespace roi::core;

// A format of people, in two languages.
std::vector<FormatRule> human_formats() {
    const auto header = [](Field field, const char *text, const char *language, bool required = false) {
        ColumnRule rule = column(field, text, required);
        rule.language = language;
        return rule;
    };
    FormatRule format{"ads", "facebook", "ad", false, false, {}};
    format.columns = {
        header(Field::date, "day", "en", true),         header(Field::date, "tag", "de", true),
        header(Field::campaign_name, "campaign", "en"), header(Field::campaign_name, "kampagne", "de"),
        header(Field::spend, "spend", "en", true),      header(Field::spend, "betrag", "de", true),
        header(Field::impressions, "views", "en"),      header(Field::impressions, "aufrufe", "de")};
    return {format};
}

Result read(const std::string &text, const Options &options = {}) {
    static std::vector<std::string> contents;
    static const std::vector<FormatRule> known = human_formats();
    contents.push_back(text);
    return Result(contents.back(), known, options, 1000);
}

std::string refusal_of(const std::string &text, const Options &options = {}) {
    try {
        const Result result = read(text, options);
    } catch (const Error &error) {
        EXPECT_EQ(error.fault(), Fault::bad_file);
        EXPECT_FALSE(error.detail().empty());
        EXPECT_FALSE(error.hint().empty());
        return error.what();
    }
    return "none";
}

std::string utf16(const std::string &utf8, bool big_endian, bool mark) {
    std::string text = mark ? "\xEF\xBB\xBF" + utf8 : utf8;
    std::string bytes;
    const auto put = [&](unsigned unit) {
        const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
        bytes += big_endian ? high : low;
        bytes += big_endian ? low : high;
    };
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_length(std::string_view(text).substr(at));
        unsigned code = static_cast<unsigned char>(text[at]);
        if (length > 1) code &= 0xFFU >> (length + 1);
        for (std::size_t byte = 1; byte < length; ++byte)
            code = code << 6 | (static_cast<unsigned char>(text[at + byte]) & 0x3FU);
        if (code > 0xFFFF) {
            put(0xD800 + ((code - 0x10000) >> 10));
            put(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            put(code);
        }
        at += length;
    }
    return bytes;
}

// Only characters of Latin-1.
std::string latin1(const std::string &utf8) {
    std::string bytes;
    for (std::size_t at = 0; at < utf8.size(); ++at) {
        const auto byte = static_cast<unsigned char>(utf8[at]);
        if (byte < 0x80)
            bytes += utf8[at];
        else
            bytes += static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(utf8[++at]) & 0x3F));
    }
    return bytes;
}

struct Dialect {
    const char *header; // fields parted by |
    const char *days[2];
    const char *amounts[2];
    const char *counts[2];
    char separator;
};

const std::vector<Dialect> dialects = {
    {"Day|Campaign|Spend|Views", {"2026-08-01", "2026-08-21"}, {"1234.56", "-0.5"}, {"12345", "7"}, ','},
    {"Day|Campaign|Spend|Views", {"8/1/2026", "8/21/2026"}, {"$1,234.56", "-$0.50"}, {"12,345", "7"}, ','},
    {"Day|Campaign|Spend|Views",
     {"Aug 1, 2026", "Aug 21, 2026"},
     {"US$1,234.56", "(0.50)"},
     {"12,345.0", "7"},
     '\t'},
    {"Day|Campaign|Spend|Views", {"01/08/2026", "21/08/2026"}, {"1 234,56", "-0,5"}, {"12 345", "7"}, ';'},
    {"Tag|Kampagne|Betrag|Aufrufe",
     {"01.08.2026", "21.08.2026"},
     {"1.234,56 $", "-0,50 $"},
     {"12.345", "7"},
     ';'},
    {"Tag|Kampagne|Betrag|Aufrufe",
     {"1-8-2026", "21-8-2026"},
     {"1.23456E+3", "\xE2\x88\x92"
                    "0.5"},
     {"12.345K", "7"},
     '\t'},
    {"TAG|Kampagne|Betrag|Aufrufe",
     {"1. August 2026", "21. Aug. 2026"},
     {"1'234.56", "-.5"},
     {"12'345", "7"},
     ','}};

std::string quoted(const std::string &cell) { return "\"" + cell + "\""; }

std::string write(const Dialect &dialect, const std::string &line_end) {
    std::string text = dialect.header;
    for (char &c : text)
        if (c == '|') c = dialect.separator;
    text += line_end;
    for (int row = 0; row < 2; ++row) {
        text += quoted(dialect.days[row]) + dialect.separator + quoted("Caf\xC3\xA9, \"\"row\"\"") +
                dialect.separator + quoted(dialect.amounts[row]) + dialect.separator +
                quoted(dialect.counts[row]) + line_end;
    }
    return text;
}

void expect_same_facts(const std::string &bytes, const std::string &name) {
    const Result result = read(bytes);
    ASSERT_EQ(result.rejects().size(), 0U) << name << ": " << result.rejects().front().reason;
    ASSERT_EQ(result.facts().size(), 2U) << name;
    const Fact &first = result.facts()[0];
    const Fact &second = result.facts()[1];
    EXPECT_EQ(first.stamp, 1785542400) << name;
    EXPECT_EQ(second.stamp, 1785542400 + 20 * 86400) << name;
    EXPECT_EQ(first.campaign, "Caf\xC3\xA9, \"row\"") << name;
    EXPECT_EQ(first.currency, "USD") << name;
    EXPECT_EQ(first.value[measure_spend], 1234560000) << name;
    EXPECT_EQ(first.value[measure_views], 12345) << name;
    EXPECT_EQ(second.value[measure_spend], -500000) << name;
    EXPECT_EQ(second.value[measure_views], 7) << name;
}

TEST(ImportDialect, EveryDialectGivesTheSameFacts) {
    for (const Dialect &dialect : dialects)
        for (const char *line_end : {"\n", "\r\n", "\r"}) {
            const std::string text = write(dialect, line_end);
            const std::string name = dialect.header + std::string(" ") + dialect.days[0];
            expect_same_facts(text, name);
            expect_same_facts("\xEF\xBB\xBF" + text, name + ", with a mark");
            for (const bool big_endian : {false, true})
                for (const bool mark : {false, true})
                    expect_same_facts(utf16(text, big_endian, mark), name + ", UTF-16");
            if (text.find('\xE2') == std::string::npos) expect_same_facts(latin1(text), name + ", cp1252");
        }
}

TEST(ImportDialect, TellsTheEncoding) {
    const std::string text = "Day,Campaign,Spend\n2026-08-01,\xC3\xA9,1\n";
    EXPECT_EQ(read(text).encoding(), "UTF-8");
    EXPECT_EQ(read(latin1(text)).encoding(), "windows-1252");
    EXPECT_EQ(read(utf16(text, false, true)).encoding(), "UTF-16LE");
    EXPECT_EQ(read(utf16(text, true, false)).encoding(), "UTF-16BE");
    EXPECT_EQ(read("Day,Campaign,Spend\n2026-08-01,\x80 \x93sale\x94,1\n").facts().at(0).campaign,
              "\xE2\x82\xAC \xE2\x80\x9Csale\xE2\x80\x9D");
}

// The window of a decoded file moves on: lines that lie across its end stay whole.
TEST(ImportDialect, ReadsLongFilesOfEveryEncoding) {
    std::string text = "Day,Campaign,Spend,Views\n";
    constexpr int lines = 150000;
    for (int line = 0; line < lines; ++line)
        text += "2026-08-" + std::to_string(10 + line % 20) + ",\"Caf\xC3\xA9\n, no " +
                std::to_string(line % 7) + "\",0.01,1\n";
    for (const std::string &bytes : {text, latin1(text), utf16(text, false, true)}) {
        const Result result = read(bytes);
        EXPECT_EQ(result.facts().size(), 140U);
        std::int64_t spend = 0;
        for (const Fact &fact : result.facts())
            spend += fact.value[measure_spend];
        EXPECT_EQ(spend, lines * std::int64_t{10000});
        EXPECT_EQ(result.counts().imported, lines);
    }
}

TEST(ImportDialect, SettlesTheOrderOfDatesFromTheWholeFile) {
    const std::string header = "Day,Campaign,Spend\n";
    EXPECT_EQ(read(header + "01/02/2026,a,1\n13/02/2026,a,1\n").facts().at(0).stamp / 86400, 20485);
    EXPECT_EQ(read(header + "01/02/2026,a,1\n02/13/2026,a,1\n").facts().at(0).stamp / 86400, 20455);
    EXPECT_EQ(refusal_of(header + "01/02/2026,a,1\n03/04/2026,a,1\n"),
              "the order of day and month is ambiguous");
    EXPECT_EQ(refusal_of(header + "13/02/2026,a,1\n02/13/2026,a,1\n"),
              "the file writes day and month in both orders");
    Options options;
    options.date_order = "mdy";
    EXPECT_EQ(read(header + "01/02/2026,a,1\n", options).facts().at(0).stamp / 86400, 20455);
    options.date_order = "dmy";
    EXPECT_EQ(read(header + "01/02/2026,a,1\n", options).facts().at(0).stamp / 86400, 20485);
    EXPECT_EQ(read(header + "02/02/2026,a,1\n").facts().at(0).stamp / 86400, 20486);
    EXPECT_EQ(read("Tag,Kampagne,Betrag\n01/02/2026,a,1\n").facts().at(0).stamp / 86400, 20485);
    // the range above the header leaves one reading only
    EXPECT_EQ(
        read("\"February 1, 2026 - February 5, 2026\"\n" + header + "01/02/2026,a,1\n").facts().at(0).stamp /
            86400,
        20485);
    EXPECT_EQ(read("\"February 1, 2026 - February 28, 2026\"\n" + header + "20.02.,a,1\n03.02.,a,1\n")
                      .facts()
                      .at(1)
                      .stamp /
                  86400,
              20504);
    options.date_order = "ymd";
    EXPECT_THROW(read(header, options), Error);
}

TEST(ImportDialect, SettlesTheDecimalMarkFromTheWholeFile) {
    const auto spend = [](const std::string &text, const Options &options = {}) {
        return read(text, options).facts().at(0).value[measure_spend];
    };
    const std::string english = "Day;Campaign;Spend;Views\n2026-08-01;a;",
                      german = "Tag;Kampagne;Betrag;Aufrufe\n2026-08-01;a;";
    EXPECT_EQ(spend(english + "1.234;1\n2026-08-02;a;0.5;1\n"), 1234000);
    EXPECT_EQ(spend(english + "1.234;1\n2026-08-02;a;0,5;1\n"), 1234000000);
    EXPECT_EQ(spend(english + "1.234;1.001\n"), 1234000000); // nobody sees a fraction of an impression
    // three digits behind every mark look like thousands: a language that says so settles it, one that says decimals does not
    EXPECT_EQ(spend(german + "1.234;1\n"), 1234000000);
    EXPECT_EQ(spend("Day,Campaign,Spend\n2026-08-01,a,\"1,234\"\n"), 1234000000);
    const std::string ambiguous = "the decimal mark of this file is ambiguous";
    EXPECT_EQ(refusal_of("Day,Campaign,Spend\n2026-08-01,a,1.234\n"), ambiguous);
    EXPECT_EQ(refusal_of(german + "1,234;1\n"), ambiguous);
    EXPECT_EQ(refusal_of(german + "1.234;1\n2026-08-02;a;1,234;1\n"), ambiguous);
    EXPECT_EQ(refusal_of(english + "1.234;1\n"), ambiguous);
    EXPECT_EQ(refusal_of(english + "1.234;1.000\n"), ambiguous); // one impression, or a thousand
    EXPECT_EQ(refusal_of(english + "1,234;1,000\n"), ambiguous);
    EXPECT_EQ(spend(english + "1.234;1.000\n2026-08-02;a;2;12.345\n"), 1234000000);
    EXPECT_EQ(spend("Day,Campaign,Spend\n2026-08-01,a,0.123\n"), 123000); // no thousands begin with 0
    EXPECT_EQ(refusal_of(english + "1,5;1\n2026-08-02;a;0.5;1\n"),
              "the file writes decimals with points and with commas");
    Options options;
    options.decimal_mark = ".";
    EXPECT_EQ(spend(english + "1.234;1\n", options), 1234000);
    options.decimal_mark = ",";
    EXPECT_EQ(spend(english + "1.234;1\n", options), 1234000000);
    options.decimal_mark = "x";
    EXPECT_THROW(read(english + "1;1\n", options), Error);
    // one odd cell among clear ones is refused by itself
    const Result odd = read(english + "0.5;1\n2026-08-02;a;0.5;1\n2026-08-03;a;0.5;1\n2026-08-04;a;0,5;1\n");
    EXPECT_EQ(odd.counts().imported, 3);
    EXPECT_EQ(odd.rejects().at(0).reason, "not a number");
}

TEST(ImportDialect, ReadsSignsOfMoney) {
    const std::string header = "Day,Campaign,Spend\n2026-08-01,a,";
    EXPECT_EQ(read(header + "R$ 5.50\n").facts().at(0).currency, "BRL");
    EXPECT_EQ(read(header + "5.50 EUR\n").facts().at(0).currency, "EUR");
    EXPECT_EQ(read(header + "\xE2\x82\xAC"
                            "5.50\n")
                  .facts()
                  .at(0)
                  .value[measure_spend],
              5500000);
    const Result mixed = read(header + "US$1.5\n2026-08-01,a,GBP 2.5\n");
    EXPECT_EQ(mixed.facts().size(), 2U);
    EXPECT_EQ(mixed.currencies(), (std::vector<std::string>{"GBP", "USD"}));
}

TEST(ImportDialect, SkipsTotalsInEveryLanguage) {
    for (const char *word : {"Total", "Gesamt", "Totaal", "Totale: alle", "\xE5\x90\x88\xE8\xA8\x88",
                             "Total g\xC3\xA9n\xC3\xA9ral"}) {
        const Result last = read("Day,Campaign,Spend\n2026-08-01,a,1\n" + std::string(word) + ",,1\n");
        EXPECT_EQ(last.counts().skipped, 1) << word;
        const Result first = read("Day,Campaign,Spend\n" + std::string(word) + ",,1\n2026-08-01,a,1\n");
        EXPECT_EQ(first.counts().imported, 1) << word;
    }
}

TEST(ImportDialect, ReadsOtherNumbers) {
    EXPECT_EQ(parse_decimal("1.2K", 0).value, 1200);
    EXPECT_EQ(parse_decimal("3,4 M", 0, ',').value, 3400000);
    EXPECT_EQ(parse_decimal("1,23,456.5", 6).value, 123456500000);
    EXPECT_EQ(parse_decimal("1\xE2\x80\xAF"
                            "234,5",
                            6, ',')
                  .value,
              1234500000);
    EXPECT_STREQ(parse_decimal("1.2.3", 6).refusal, "not a number");
    EXPECT_STREQ(parse_decimal("1 23", 6).refusal, "not a number");
    EXPECT_STREQ(parse_decimal("K", 0).refusal, "not a number");
    EXPECT_FALSE(parse_decimal("<5", 0).present);
    EXPECT_EQ(parse_decimal("0.0038166666666666666", 6, '.', Excess::round).value, 3817);
    EXPECT_EQ(parse_decimal("-0.9999995", 6, '.', Excess::round).value, -1000000);
    EXPECT_EQ(parse_decimal("0.0000001", 6, '.', Excess::round).value, 0);
}

TEST(ImportDialect, KeepsIdsWhole) {
    EXPECT_EQ(whole_id("122158000000000001"), "122158000000000001");
    EXPECT_EQ(whole_id("1.22158E+17"), "");
    EXPECT_EQ(whole_id("1.2345E+4"), "12345");
    EXPECT_EQ(whole_id("abc1E+5"), "abc1E+5");
    const Imported run(
        "date,campaign_id,impression_1,spend_in_micro_dollar\n2026-08-01,9007199254740993,1,1\n"
        "2026-08-01,1.22158E+17,1,1\n2026-08-01, -x1,1,1\n");
    EXPECT_EQ(run.import.facts().at(0).campaign, "-x1");
    EXPECT_EQ(run.import.facts().at(1).campaign, "9007199254740993");
    EXPECT_EQ(run.reason(0), "a spreadsheet has cut the digits of this id; export it as text");
}

} // namespace
