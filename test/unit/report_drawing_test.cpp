// Drawings travel as bytes and come out as they went in; pages and charts hold everything that the report has.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "report/chart.hpp"
#include "report/figures.hpp"
#include "report/html.hpp"
#include "report/pages.hpp"

namespace {

using namespace roi::report;

// A canvas that keeps the words and the corners of what is drawn.
class Listener final : public PageCanvas {
public:
    void properties(std::string_view title, std::string_view, std::string_view) override {
        words.emplace_back(title);
    }
    void begin_page(double width, double height) override { ++pages, right = width, bottom = height; }
    void end_page() override { ++ended; }
    void bookmark(std::string_view title) override { bookmarks.emplace_back(title); }
    void begin_series(std::size_t) override {}
    void end_series() override {}
    void polyline(const std::vector<Point> &points, const Paint &) override {
        for (const Point point : points)
            hold(point);
    }
    void rectangle(const Box &box, const Paint &) override {
        EXPECT_GE(box.width, 0);
        EXPECT_GE(box.height, 0);
        hold({box.x, box.y});
        hold({box.x + box.width, box.y + box.height});
    }
    void dot(Point at, double, const Paint &) override { hold(at); }
    void star(Point at, double, const Paint &) override { ++stars, hold(at); }
    void text(Point at, std::string_view text, const Words &) override {
        hold(at);
        words.emplace_back(text);
    }
    bool says(const std::string &text) const {
        return std::find(words.begin(), words.end(), text) != words.end();
    }

    std::vector<std::string> words, bookmarks;
    int pages = 0, ended = 0, stars = 0;

private:
    void hold(Point at) {
        EXPECT_TRUE(at.x >= -1 && at.x <= right + 1 && at.y >= -1 && at.y <= bottom + 1)
            << at.x << ", " << at.y;
    }
    double right = 1e6, bottom = 1e6;
};

Chart chart_of(Chart::Shape shape, std::size_t count, std::size_t series, std::mt19937 &random) {
    Chart chart{"c", "A chart", shape, Kind::money, {}, {}, {}, {}};
    for (std::size_t i = 0; i < count; ++i)
        chart.categories.push_back("2026-01-" + std::to_string(i));
    for (std::size_t n = 0; n < series; ++n) {
        Series one{"series " + std::to_string(n), {}, {}};
        for (std::size_t i = 0; i < count; ++i) {
            if (random() % 5 == 0) {
                one.values.emplace_back(std::nullopt);
            } else {
                one.values.emplace_back((static_cast<double>(random() % 20001) - 5000) * 1.5);
            }
            one.shown.push_back(shown(Kind::money, std::to_string(random() % 1000)));
        }
        chart.series.push_back(one);
    }
    if (shape == Chart::lines && count > 0) {
        chart.markers = {{0, {"first"}}, {count - 1, {"last"}}};
        chart.reference = Reference{9000, "reference"};
    }
    return chart;
}

Report report_of(std::size_t points, std::mt19937 &random) {
    Report report;
    report.user = "user_2abc";
    report.range = "a range";
    report.currency = "USD";
    Section section{"one", "Section", "A note.", {}, {}};
    section.figures = {{"roi_total", "total_spend", "Spend", Kind::money, "1234.5", "-3", true, true}};
    Table table{"roi_trends", "Table", {{"date", "Date", Kind::day}, {"spend", "Spend", Kind::money}}, {}};
    for (std::size_t i = 0; i < points; ++i)
        table.rows.push_back({"day " + std::to_string(i), std::to_string(i) + ".25"});
    table.is_long = points > 20;
    section.blocks = {{chart_of(Chart::lines, points, 2, random), table},
                      {chart_of(Chart::bars, std::min<std::size_t>(points, 25), 1, random), std::nullopt},
                      {chart_of(Chart::stacked, 12, 3, random), std::nullopt}};
    report.sections = {section};
    return report;
}

TEST(ReportCharts, StayWithinTheirBox) {
    std::mt19937 random(3);
    for (const Chart::Shape shape : {Chart::lines, Chart::stacked, Chart::bars})
        for (const std::size_t count : {1, 2, 12, 31, 366})
            for (const double width : {960.0, 360.0}) {
                if (shape == Chart::bars && count > 31) continue;
                const Chart chart = chart_of(shape, count, shape == Chart::bars ? 1 : 3, random);
                Listener listener;
                listener.begin_page(width, height_of(chart, width));
                const Plot plot = draw(listener, chart, {0, 0, width, height_of(chart, width)});
                EXPECT_GT(plot.area.width, width / 4);
                EXPECT_EQ(listener.stars, shape == Chart::lines ? 2 : 0);
            }
}

TEST(ReportDrawing, ComesOutAsItWentIn) {
    std::mt19937 random(4);
    const std::string bytes = lay_out(report_of(40, random), "2026-01-01T00:00:00Z").bytes();
    Drawing again;
    replay(bytes, again);
    EXPECT_EQ(again.bytes(), bytes);
}

TEST(ReportDrawing, RefusesWhatIsNone) {
    std::mt19937 random(4);
    const std::string bytes = lay_out(report_of(5, random), "").bytes();
    Drawing target;
    EXPECT_THROW(replay("", target), roi::core::Error);
    EXPECT_THROW(replay("roi_ext drawing 0\n", target), roi::core::Error);
    EXPECT_THROW(replay(bytes + "?", target), roi::core::Error);
    int cut = 0;
    for (std::size_t size = 20; size < bytes.size(); size += 7) {
        try {
            Drawing part;
            replay(bytes.substr(0, size), part);
        } catch (const roi::core::Error &) {
            ++cut;
        }
    }
    EXPECT_GT(cut, 100) << "a command cut short is told, never read beyond";
}

TEST(ReportPages, HoldEveryNumber) {
    std::mt19937 random(6);
    for (const std::size_t points : {0, 1, 19, 21, 150, 366, 1000}) {
        const Report report = report_of(points, random);
        Listener listener;
        replay(lay_out(report, "").bytes(), listener);
        EXPECT_EQ(listener.pages, listener.ended);
        EXPECT_TRUE(listener.says("1,234.50"));
        EXPECT_TRUE(listener.says("-3.00 %"));
        for (std::size_t i = 0; i < points; ++i)
            ASSERT_TRUE(listener.says(grouped(std::to_string(i) + ".25", 2))) << i << " of " << points;
        EXPECT_TRUE(listener.says("Page " + std::to_string(listener.pages) + " of " +
                                  std::to_string(listener.pages)));
        EXPECT_EQ(listener.bookmarks.size(), points > 20 ? 2U : 1U);
    }
}

TEST(ReportHtml, CarriesTheDigestsOfItsParts) {
    std::mt19937 random(8);
    std::vector<std::string> digested;
    const std::string page = write_html(report_of(3, random), [&](const std::string &text) {
        digested.push_back(text);
        return "digest" + std::to_string(digested.size());
    });
    ASSERT_EQ(digested.size(), 2U);
    for (const std::string &part : digested)
        EXPECT_NE(page.find(">" + part + "</"), std::string::npos) << "what was digested stands on the page";
    EXPECT_NE(page.find("sha256-digest1"), std::string::npos);
    EXPECT_NE(page.find("sha256-digest2"), std::string::npos);
}

} // namespace
