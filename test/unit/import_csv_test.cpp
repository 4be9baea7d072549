// The CSV reader: quoting, separators, line ends, line numbers, broken quotes and its linear time.
#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/import/csv.hpp"

namespace {

using roi::core::import::max_columns;
using roi::core::import::max_field_bytes;
using roi::core::import::Reader;
using roi::core::import::Record;

struct Row {
    std::int64_t line;
    std::vector<std::string> cells;
    std::string fault;
};

bool operator==(const Row &a, const Row &b) {
    return a.line == b.line && a.cells == b.cells && a.fault == b.fault;
}

std::ostream &operator<<(std::ostream &out, const Row &row) {
    out << row.line << ":";
    for (const std::string &cell : row.cells)
        out << " [" << cell << "]";
    return out << " " << row.fault;
}

std::vector<Row> read(std::string_view text, char separator = ',') {
    Reader reader(text, separator);
    Record record;
    std::vector<Row> rows;
    while (reader.next(record))
        rows.push_back(
            {record.line, {record.cells.begin(), record.cells.end()}, record.fault ? record.fault : ""});
    return rows;
}

using Rows = std::vector<Row>;

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t n = 0; n < times; ++n)
        all += text;
    return all;
}

// Reads it all and gives back how many times its size was looked at, rounded up.
std::uint64_t work_per_byte(const std::string &text, std::size_t &records) {
    Reader reader(text, ',');
    Record record;
    records = 0;
    while (reader.next(record))
        ++records;
    return (reader.work() + text.size() - 1) / text.size();
}

TEST(ImportCsv, ReadsPlainCells) {
    EXPECT_EQ(read("a,b\n1,2\n"), (Rows{{1, {"a", "b"}, ""}, {2, {"1", "2"}, ""}}));
    EXPECT_EQ(read("a,b\n1,2"), (Rows{{1, {"a", "b"}, ""}, {2, {"1", "2"}, ""}}));
    EXPECT_EQ(read("a,\n,"), (Rows{{1, {"a", ""}, ""}, {2, {"", ""}, ""}}));
    EXPECT_EQ(read(""), Rows{});
}

TEST(ImportCsv, TakesEveryLineEnd) {
    const Rows expected{{1, {"a"}, ""}, {2, {"b"}, ""}, {4, {"c"}, ""}};
    EXPECT_EQ(read("a\nb\n\nc\n"), expected);
    EXPECT_EQ(read("a\r\nb\r\n\r\nc\r\n"), expected);
    EXPECT_EQ(read("a\rb\r\rc\r"), expected);
}

TEST(ImportCsv, IgnoresBlankLines) {
    EXPECT_EQ(read("\n \t \r\na,b\n\n\n  \nc,d\n\n"), (Rows{{3, {"a", "b"}, ""}, {7, {"c", "d"}, ""}}));
}

TEST(ImportCsv, TakesOtherSeparators) {
    EXPECT_EQ(read("a,1;b", ';'), (Rows{{1, {"a,1", "b"}, ""}}));
    EXPECT_EQ(read("\tb\tc", '\t'), (Rows{{1, {"", "b", "c"}, ""}}));
}

TEST(ImportCsv, ReadsQuotedCells) {
    EXPECT_EQ(read("\"a,b\",\"\",\"say \"\"hi\"\"\"\n"), (Rows{{1, {"a,b", "", "say \"hi\""}, ""}}));
    EXPECT_EQ(read("\"\"\"\"\n"), (Rows{{1, {"\""}, ""}}));
    EXPECT_EQ(read("5\" pipe,b\"\"c\n"), (Rows{{1, {"5\" pipe", "b\"\"c"}, ""}}));
}

TEST(ImportCsv, CountsLinesInsideQuotes) {
    EXPECT_EQ(
        read("\"a\nb\",1\n\"c\r\n\r\nd\",2\r\n\"e\rf\",3\rx"),
        (Rows{{1, {"a\nb", "1"}, ""}, {3, {"c\r\n\r\nd", "2"}, ""}, {6, {"e\rf", "3"}, ""}, {8, {"x"}, ""}}));
}

TEST(ImportCsv, AnUnclosedQuoteCostsOneLine) {
    const std::string fault = "a quoted field is not closed";
    EXPECT_EQ(read("a,\"b\nc,d\ne,f\n"), (Rows{{1, {}, fault}, {2, {"c", "d"}, ""}, {3, {"e", "f"}, ""}}));
    EXPECT_EQ(read("\""), (Rows{{1, {}, fault}}));
}

TEST(ImportCsv, AQuoteClosedByTheNextQuotedCellCostsOneLine) {
    EXPECT_EQ(read("a,\"b\nc,\"d, e\"\nf,g\n"),
              (Rows{{1, {}, "text follows a closing quote"}, {2, {"c", "d, e"}, ""}, {3, {"f", "g"}, ""}}));
    EXPECT_EQ(read("\"a\"b,c\nd,e"), (Rows{{1, {}, "text follows a closing quote"}, {2, {"d", "e"}, ""}}));
}

TEST(ImportCsv, RefusesEndlessFields) {
    const std::string fits(max_field_bytes, 'x');
    const std::string fault = "a field is longer than 1 MiB";
    EXPECT_EQ(read(fits + ",b").at(0).fault, "");
    EXPECT_EQ(read("\"" + fits + "\",b").at(0).fault, "");
    EXPECT_EQ(read(fits + "x,b\nc,d"), (Rows{{1, {}, fault}, {2, {"c", "d"}, ""}}));
    EXPECT_EQ(read("\"" + fits + "x\",b\nc,d"), (Rows{{1, {}, fault}, {2, {"c", "d"}, ""}}));
}

TEST(ImportCsv, CountsButDropsCellsPastTheLimit) {
    const std::string line(max_columns + 5, ',');
    Reader reader(line, ',');
    Record record;
    ASSERT_TRUE(reader.next(record));
    EXPECT_EQ(record.cells.size(), max_columns);
    EXPECT_EQ(record.columns, max_columns + 6);
}

// Each of these made a naive reader read on to the end of the file once for every line.
TEST(ImportCsv, NeedsLinearTimeOnHostileQuotes) {
    std::size_t records = 0;
    const std::size_t lines = 200000;
    const std::string plain = repeat("x,y\n", lines);
    EXPECT_LE(work_per_byte(std::string(5000000, '"'), records), 8U);
    EXPECT_LE(work_per_byte("\"" + plain, records), 8U);
    EXPECT_EQ(records, lines);
    EXPECT_LE(work_per_byte(repeat("\"x\n", lines), records), 8U);
    EXPECT_LE(work_per_byte(repeat("x,\"\"\"y\n", lines), records), 8U);
    EXPECT_LE(work_per_byte("\"" + repeat("a\",\"b\n", lines), records), 8U);
    EXPECT_EQ(records, lines);
    EXPECT_LE(work_per_byte(repeat("\"a\n\",", lines) + "\"", records), 8U);
    EXPECT_LE(work_per_byte("\"" + repeat("\"\"\n", lines), records), 8U);
    EXPECT_LE(work_per_byte("\"" + repeat(",\"\n\"", lines), records), 8U);
}

} // namespace
