// Records of CSV: what is quoted, what a spreadsheet would run, and that our own reader gets every field back.
#include <random>

#include <gtest/gtest.h>

#include "core/import/csv.hpp"
#include "report/csv.hpp"

namespace {

using roi::report::CsvRecord;
using roi::report::looks_like_formula;

std::string record_of(const std::vector<std::string> &fields, bool keep = true) {
    CsvRecord record;
    for (const std::string &field : fields)
        record.add_text(field, keep);
    return record.line();
}

TEST(ReportCsv, QuotesWhatNeedsIt) {
    EXPECT_EQ(record_of({"a", "b,c", "say \"x\"", "two\nlines", "", " blank", "tab\t"}),
              "a,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\",\"\",\" blank\",\"tab\t\"");
}

TEST(ReportCsv, NullIsNotEmptyText) {
    CsvRecord record;
    record.add_null();
    record.add_text("", false);
    record.add_null();
    EXPECT_EQ(record.line(), ",\"\",");
}

TEST(ReportCsv, FormulasGetAnApostrophe) {
    for (const char *text : {"=1", "+1", "-1", "@A1", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠1"})
        EXPECT_TRUE(looks_like_formula(text)) << text;
    for (const char *text : {"", "1", "a=1", " =1", "'=1", "—", "ａ"})
        EXPECT_FALSE(looks_like_formula(text)) << text;
    EXPECT_EQ(record_of({"=1,2", "x"}, false), "\"'=1,2\",x");
    CsvRecord record;
    record.add_plain("-1.50");
    EXPECT_EQ(record.line(), "-1.50") << "a number is no formula";
}

TEST(ReportCsv, OurReaderGetsEveryFieldBack) {
    std::mt19937 random(7);
    const std::string letters = "a,\"\r\n\t =';\\";
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::string> fields(1 + random() % 5);
        for (std::string &field : fields)
            for (std::size_t i = random() % 8; i > 0; --i)
                field += letters[random() % letters.size()];
        fields.push_back("end");
        const std::string content = record_of(fields) + "\r\n";
        roi::core::import::Reader reader(content, ',');
        roi::core::import::Record record;
        ASSERT_TRUE(reader.next(record)) << content;
        ASSERT_EQ(record.fault, nullptr) << content;
        const std::vector<std::string> cells(record.cells.begin(), record.cells.end());
        EXPECT_EQ(cells, fields) << content;
    }
}

} // namespace
