// Numbers, axes and words of reports: rounding by decimal text, round ticks, text cut between characters.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "report/canvas.hpp"
#include "report/figures.hpp"
#include "report/scale.hpp"
#include "report/svg.hpp"

namespace {

using namespace roi::report;

TEST(ReportFigures, RoundsHalfAwayFromZeroAndGroups) {
    const std::pair<const char *, const char *> cases[] = {{"0", "0.00"},
                                                           {"0.005", "0.01"},
                                                           {"-0.005", "-0.01"},
                                                           {"-0.0049", "0.00"},
                                                           {"999.995", "1,000.00"},
                                                           {"-999999.995", "-1,000,000.00"},
                                                           {"1234567.891", "1,234,567.89"},
                                                           {"12", "12.00"},
                                                           {"1.5", "1.50"},
                                                           {"9223372036854.775807", "9,223,372,036,854.78"}};
    for (const auto &[exact, text] : cases)
        EXPECT_EQ(grouped(exact, 2), text);
    EXPECT_EQ(grouped("999", 0), "999");
    EXPECT_EQ(grouped("-1000.5", 0), "-1,001");
    EXPECT_EQ(grouped("NaN", 2), "NaN") << "what is no plain number is left alone";
}

TEST(ReportFigures, AgreesWithWholeNumbers) {
    std::mt19937_64 random(11);
    for (int round = 0; round < 20000; ++round) {
        const auto micros = static_cast<long long>(random() >> (random() % 60 + 1)) * (random() % 2 ? 1 : -1);
        const long long size = std::llabs(micros);
        std::string exact = (micros < 0 ? "-" : "") + std::to_string(size / 1000000) + "." +
                            std::to_string(1000000 + size % 1000000).substr(1);
        const long long cents = (size + 5000) / 10000;
        std::string wanted = std::to_string(cents / 100);
        for (auto at = static_cast<int>(wanted.size()) - 3; at > 0; at -= 3)
            wanted.insert(static_cast<std::size_t>(at), ",");
        wanted += "." + std::to_string(100 + cents % 100).substr(1);
        if (micros < 0 && cents != 0) wanted.insert(0, "-");
        ASSERT_EQ(grouped(exact, 2), wanted) << exact;
    }
}

TEST(ReportFigures, EachKindInItsWay) {
    EXPECT_EQ(shown(Kind::money, std::nullopt), "–");
    EXPECT_EQ(shown(Kind::money, "1234.5"), "1,234.50");
    EXPECT_EQ(shown(Kind::count, "1234"), "1,234");
    EXPECT_EQ(shown(Kind::count, "12.345"), "12.35");
    EXPECT_EQ(shown(Kind::price, "0.00902"), "0.0090");
    EXPECT_EQ(shown(Kind::percent, "-41.999"), "-42.00 %");
    EXPECT_EQ(shown(Kind::name, "1234"), "1234");
    EXPECT_EQ(shown_change("5"), "+5.00 %");
    EXPECT_EQ(shown_change("-0.001"), "0.00 %");
    EXPECT_EQ(shown_change(std::nullopt), "–");
}

TEST(ReportFigures, ShortLabels) {
    EXPECT_EQ(compact(0), "0");
    EXPECT_EQ(compact(1500), "1.5k");
    EXPECT_EQ(compact(-2000000), "-2M");
    EXPECT_EQ(compact(0.2), "0.2");
    EXPECT_EQ(compact(0.0005), "0.0005");
    EXPECT_EQ(compact(400), "400");
}

TEST(ReportScale, HoldsAllValuesAndZero) {
    std::mt19937 random(5);
    for (int round = 0; round < 5000; ++round) {
        const double size = std::pow(10, static_cast<double>(random() % 15) - 3);
        const double a = (static_cast<double>(random() % 2001) - 1000) * size,
                     b = (static_cast<double>(random() % 2001) - 1000) * size;
        const double low = std::min(a, b), high = std::max(a, b);
        const Scale scale = scale_of(low, high, 5);
        ASSERT_LE(scale.low, std::min(low, 0.0) + size * 1e-9);
        ASSERT_GE(scale.high, std::max(high, 0.0) - size * 1e-9);
        ASSERT_GE(scale.ticks.size(), 2U);
        ASSERT_LE(scale.ticks.size(), 9U);
        ASSERT_TRUE(
            std::any_of(scale.ticks.begin(), scale.ticks.end(), [](double tick) { return tick == 0; }));
    }
    EXPECT_EQ(scale_of(0, 0, 5).high, 1) << "an axis without values";
}

TEST(ReportScale, LabelsKeepWithinTheirRoom) {
    for (std::size_t count = 0; count < 400; count += 7)
        for (std::size_t room = 1; room < 20; ++room) {
            const auto chosen = labelled(count, room);
            ASSERT_LE(chosen.size(), room);
            ASSERT_EQ(chosen.empty(), count == 0);
        }
}

TEST(ReportWords, AreCutBetweenCharacters) {
    EXPECT_EQ(cut_to("short", 10, 100), "short");
    const std::string hebrew = "שלום שלום שלום";
    for (double room = 0; room < 120; ++room) {
        const std::string cut = cut_to(hebrew, 10, room);
        if (cut == hebrew) continue;
        ASSERT_EQ(cut.substr(cut.size() - 3), "…");
        const std::string kept = cut.substr(0, cut.size() - 3);
        ASSERT_EQ(hebrew.substr(0, kept.size()), kept);
        ASSERT_NE(static_cast<unsigned char>(hebrew[kept.size()]) & 0xC0, 0x80) << "half a character";
        ASSERT_LE(estimated_width(kept, 10), std::max(room, 0.0));
    }
}

TEST(ReportSvg, MarkupIsHarmless) {
    EXPECT_EQ(escaped("<a href='x'>&\"\x01\x7f"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;  ");
    std::string out;
    SvgCanvas canvas(out);
    canvas.text({1, 2.25}, "</text><script>", {});
    EXPECT_EQ(out.find("<script"), std::string::npos);
    EXPECT_NE(out.find("y=\"2.3\""), std::string::npos) << out;
    out.clear();
    append_length(out, -0.04);
    append_length(out, -12.05);
    EXPECT_EQ(out, "0-12.1");
}

} // namespace
