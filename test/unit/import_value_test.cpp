// Cells: exact decimals, dates, text helpers, the check for UTF-8 and the calendar.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/calendar.hpp"
#include "core/error.hpp"
#include "core/import/date.hpp"
#include "core/import/decimal.hpp"
#include "core/import/import.hpp"
#include "core/import/text.hpp"
#include "core/import/decode.hpp"

namespace {

using namespace roi::core;
using namespace roi::core::import;

std::int64_t money(std::string_view cell) {
    const Decimal number = parse_decimal(cell, 6);
    EXPECT_TRUE(number.present) << cell << ": " << (number.refusal ? number.refusal : "no value");
    return number.value;
}

std::string refusal(std::string_view cell, int decimals = 6) {
    const Decimal number = parse_decimal(cell, decimals);
    EXPECT_FALSE(number.present) << cell;
    return number.refusal ? number.refusal : "";
}

TEST(ImportValue, ReadsMoneyExactly) {
    EXPECT_EQ(money("0"), 0);
    EXPECT_EQ(money("12.34"), 12340000);
    EXPECT_EQ(money("0.1"), 100000);
    EXPECT_EQ(money("144."), 144000000);
    EXPECT_EQ(money(".5"), 500000);
    EXPECT_EQ(money("-1.000001"), -1000001);
    EXPECT_EQ(money("+7"), 7000000);
    EXPECT_EQ(money("$1,234,567.89"), 1234567890000);
    EXPECT_EQ(money("-$5"), -5000000);
    EXPECT_EQ(money("$-5"), -5000000);
    EXPECT_EQ(money(" \t0012.50\xC2\xA0"), 12500000);
    EXPECT_EQ(money("1.23456700000"), 1234567);
    EXPECT_EQ(money("9007199254.740993"), 9007199254740993); // not a binary double
}

TEST(ImportValue, ReadsExponentsExactly) {
    EXPECT_EQ(money("1.2E+3"), 1200000000);
    EXPECT_EQ(money("5e-6"), 5);
    EXPECT_EQ(money("0e999999999999999999999"), 0);
    EXPECT_EQ(money("1" + std::string(300, '0') + "e-300"), 1000000);
    EXPECT_EQ(refusal("5e-7"), "more than 6 decimals");
    EXPECT_EQ(refusal("1e999999999999999999999"), "out of range");
    EXPECT_EQ(refusal("1e"), "not a number");
    EXPECT_EQ(refusal("1e5.5"), "not a number");
}

TEST(ImportValue, TellsNoValueFromZero) {
    for (const char *cell :
         {"", " ", "-", "--", " --", "<5", "< 10", "n/a", "N/A", "null", "NULL", "\xC2\xA0"})
        EXPECT_EQ(refusal(cell), "") << cell;
}

TEST(ImportValue, RefusesWhatIsNoPlainNumber) {
    for (const char *cell :
         {"1,23", "1,2345", "12,3,567", "0,123", ",123", "1234,567", "1,234,",  "1.234,56", "1 23",
          "12x",  "XX$1",   "--5",      "+-5",   "5-",   "1.2.3",    ".",       "-.",       "$",
          "1,",   "0x10",   "nan",      "inf",   "<",    "<a",       "\xD9\xA1"})
        EXPECT_EQ(refusal(cell), "not a number") << cell;
    EXPECT_EQ(refusal("3.5%"), "a percentage, expected a number");
    EXPECT_EQ(refusal("0.1234567"), "more than 6 decimals");
}

TEST(ImportValue, KeepsToSixtyFourBits) {
    EXPECT_EQ(parse_decimal("9223372036854775807", 0).value, INT64_MAX);
    EXPECT_EQ(parse_decimal("-9223372036854775808", 0).value, INT64_MIN);
    EXPECT_EQ(refusal("9223372036854775808", 0), "out of range");
    EXPECT_EQ(refusal("-9223372036854775809", 0), "out of range");
    EXPECT_EQ(refusal("99999999999999999999", 0), "out of range");
    EXPECT_EQ(refusal("9223372036854.775808"), "out of range");
    EXPECT_EQ(money("9223372036854.775807"), INT64_MAX);
}

TEST(ImportValue, CountsAndMillionthsAreWhole) {
    EXPECT_EQ(parse_decimal("12.0", 0).value, 12);
    EXPECT_EQ(parse_decimal("1,234", 0).value, 1234);
    EXPECT_EQ(refusal("12.5", 0), "not a whole number");
    EXPECT_EQ(parse_decimal("36150000.00", 0).value, 36150000);
    EXPECT_EQ(parse_decimal("3000000", -6).value, 3);
    EXPECT_EQ(refusal("3000001", -6), "not a whole number");
}

std::int64_t seconds(std::string_view cell) {
    const DateCell date = parse_date(cell);
    EXPECT_EQ(date.refusal, nullptr) << cell << ": " << date.refusal;
    EXPECT_FALSE(date.stamp.is_utc) << cell;
    return date.stamp.seconds;
}

std::int64_t utc_seconds(std::string_view cell) {
    const DateCell date = parse_date(cell);
    EXPECT_EQ(date.refusal, nullptr) << cell << ": " << date.refusal;
    EXPECT_TRUE(date.stamp.is_utc) << cell;
    return date.stamp.seconds;
}

std::string date_refusal(std::string_view cell) {
    const DateCell date = parse_date(cell);
    return date.refusal ? date.refusal : "";
}

constexpr std::int64_t august_first = 1785542400; // 2026-08-01 00:00

TEST(ImportValue, ReadsDays) {
    EXPECT_EQ(seconds("1970-01-01"), 0);
    EXPECT_EQ(seconds("2026-08-01"), august_first);
    EXPECT_EQ(seconds("20260801"), august_first);
    EXPECT_EQ(seconds("Aug 1, 2026"), august_first);
    EXPECT_EQ(seconds(" august 01, 2026 "), august_first);
    EXPECT_EQ(seconds("2024-02-29"), 1709164800);
    EXPECT_EQ(seconds("2099-12-31"), (end_day - 1) * seconds_per_day);
}

TEST(ImportValue, CutsTimesToTheHour) {
    EXPECT_EQ(seconds("2026-08-01 00:00:00"), august_first);
    EXPECT_EQ(seconds("2026-08-01 5:00:00"), august_first + 5 * 3600);
    EXPECT_EQ(seconds("2026-08-01T05:59:59.999"), august_first + 5 * 3600);
    EXPECT_EQ(seconds("2026-08-01 23:30"), august_first + 23 * 3600);
}

TEST(ImportValue, ConvertsOffsetsToUtc) {
    EXPECT_EQ(utc_seconds("2026-08-01T05:00:00Z"), august_first + 5 * 3600);
    EXPECT_EQ(utc_seconds("2026-08-01 05:10:00+02"), august_first + 3 * 3600);
    EXPECT_EQ(utc_seconds("2026-08-01 05:00:00.5 +02:00"), august_first + 3 * 3600);
    EXPECT_EQ(utc_seconds("2026-08-01 20:00:00-0700"), august_first + 27 * 3600);
    // A local midnight stays that midnight, although it is no whole hour in UTC.
    EXPECT_EQ(utc_seconds("2026-08-01 00:00:00+05:30"), august_first - 19800);
}

TEST(ImportValue, RefusesOtherDates) {
    for (const char *cell : {"2026-02-29",
                             "2026-13-01",
                             "2026-00-10",
                             "0000-01-01",
                             "2026-8-1",
                             "2026-08-01x",
                             "2026-08-01 24:00:00",
                             "2026-08-01 05",
                             "2026-08-01 05:60:00",
                             "2026-08-01 05:00:001",
                             "2026-08-01 05:00:00.",
                             "2026-08-01 05:00:00+2",
                             "2026-08-01 05:00:00+16:00",
                             "2026-08-01 05:00:00+02:60",
                             "Foo 1, 2026",
                             "Aug 32, 2026",
                             "Aug 1 2026",
                             "202608011",
                             "today",
                             "99999999"})
        EXPECT_EQ(date_refusal(cell), "not a date") << cell;
    EXPECT_EQ(date_refusal("9/11/2026"), "ambiguous date, expected YYYY-MM-DD");
    EXPECT_EQ(date_refusal("20.09"), "a date without a year");
    EXPECT_EQ(date_refusal("--"), "no date");
    for (const char *cell :
         {"1969-12-31", "2100-01-01", "0001-01-01", "9999-12-31", "1970-01-01 00:00:00+01"})
        EXPECT_EQ(date_refusal(cell), "date out of range") << cell;
}

TEST(ImportValue, ReadsRangesOfDays) {
    EXPECT_EQ(day_range("July 8, 2025 - July 31, 2025")->last, 20300);
    EXPECT_EQ(day_range("July 8, 2025 - July 31, 2025")->first, 20277);
    EXPECT_EQ(day_range(" Jul 8, 2025 \xE2\x80\x93 Jul 31, 2025 ")->first, 20277);
    EXPECT_EQ(day_range("2025-07-08 - 2025-07-31")->first, 20277);
    EXPECT_FALSE(day_range("July 31, 2025 - July 8, 2025"));
    EXPECT_FALSE(day_range("July 8, 2025"));
    EXPECT_FALSE(day_range("Sale - July 8, 2025"));
    EXPECT_EQ(single_day("July 8, 2025"), 20277);
    EXPECT_FALSE(single_day("20250708"));
}

TEST(ImportValue, KnowsTheCalendar) {
    EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
    EXPECT_EQ(days_from_civil(2000, 3, 1), 11017);
    EXPECT_EQ(days_from_civil(2100, 1, 1), end_day);
    EXPECT_EQ(days_from_civil(1, 1, 1), -719162);
    EXPECT_TRUE(is_calendar_day(2000, 2, 29));
    EXPECT_FALSE(is_calendar_day(2100, 2, 29));
    std::int64_t expected = 0;
    for (int year = 1970; year < 2100; ++year)
        for (int month = 1; month <= 12; ++month)
            for (int day = 1; day <= days_in_month(year, month); ++day)
                ASSERT_EQ(days_from_civil(year, month, day), expected++);
    EXPECT_EQ(expected, end_day);
}

TEST(ImportValue, ComparesTexts) {
    EXPECT_EQ(header_key("\xEF\xBB\xBF  Campaign \t\xC2\xA0 Name\xC2\xA0"), "campaign name");
    EXPECT_TRUE(is_total("Total"));
    EXPECT_TRUE(is_total(" TOTAL: Campaigns"));
    EXPECT_TRUE(is_total("Grand total"));
    EXPECT_FALSE(is_total("Totally new"));
    EXPECT_FALSE(is_total("Total sale"));
    EXPECT_TRUE(matches_pattern(" Lead_form", "lead%"));
    EXPECT_FALSE(matches_pattern("leads", "lead"));
    EXPECT_EQ(currency_code("eUr"), "EUR");
    EXPECT_EQ(currency_code("E1R"), "");
    EXPECT_EQ(cut("a\xC3\xA9z", 2), "a");
    EXPECT_EQ(cut("a\xC3\xA9z", 3), "a\xC3\xA9");
    EXPECT_EQ(count_characters("a\xC3\xA9\xF0\x9F\x98\x80"), 3U);
}

TEST(ImportValue, KnowsWellFormedUtf8) {
    for (const char *good : {"a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                             "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_EQ(character_length(good), std::string_view(good).size());
    for (const char *bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x20", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xF0\x9F\x98"})
        EXPECT_EQ(character_length(bad), 0U);
}

Fault fault_of(std::string_view content, std::string &detail) {
    try {
        const Text text(content);
    } catch (const Error &error) {
        detail = error.detail();
        EXPECT_FALSE(error.hint().empty());
        return error.fault();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Fault::invalid_argument;
}

TEST(ImportValue, RefusesFilesThatAreNoText) {
    std::string detail;
    EXPECT_EQ(Text("\xEF\xBB\xBFx").content(), "x");
    EXPECT_EQ(fault_of("", detail), Fault::bad_file);
    EXPECT_EQ(fault_of(" \r\n\t", detail), Fault::bad_file);
    EXPECT_EQ(fault_of("\xEF\xBB\xBF\n", detail), Fault::bad_file);
    EXPECT_EQ(fault_of("a\r\nb\rc\nd\x81z", detail), Fault::bad_encoding);
    EXPECT_EQ(detail, "First bad byte at line 4, byte offset 8.");
    EXPECT_EQ(fault_of(std::string_view("ab\0c", 4), detail), Fault::bad_encoding);
    EXPECT_EQ(detail, "At line 1, byte offset 2.");
    EXPECT_EQ(fault_of(std::string_view("\xFF\xFE"
                                        "a\0x",
                                        5),
                       detail),
              Fault::bad_encoding);
    EXPECT_EQ(detail, "Half a character stands at byte offset 2.");
    EXPECT_EQ(fault_of("\xC3\xA9,\xFF", detail), Fault::bad_encoding); // UTF-8 with a bad byte is damaged
    EXPECT_EQ(fault_of(std::string(max_content_bytes + 1, 'x'), detail), Fault::too_large);
}

} // namespace
