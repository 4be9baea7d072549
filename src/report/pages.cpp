// From the top of the first page down, section by section; what does not fit begins the next page.
#include "report/pages.hpp"

#include <algorithm>

#include "report/chart.hpp"
#include "report/figures.hpp"
#include "report/paper_table.hpp"

namespace roi::report {
namespace {

constexpr double page_width = 595, page_height = 842; // A4 in points
constexpr double margin = 42, bottom = page_height - 50;
constexpr double content = page_width - 2 * margin;
constexpr double chart_scale = 0.68; // charts are laid out for a screen and drawn smaller

// Draws on another canvas, smaller and elsewhere.
class Scaled final : public Canvas {
public:
    Scaled(Canvas &canvas, Point origin, double factor) : canvas_(canvas), origin_(origin), factor_(factor) {}

    void begin_series(std::size_t series) override { canvas_.begin_series(series); }
    void end_series() override { canvas_.end_series(); }
    void polyline(const std::vector<Point> &points, const Paint &paint) override {
        std::vector<Point> placed;
        placed.reserve(points.size());
        for (const Point &point : points)
            placed.push_back(place(point));
        canvas_.polyline(placed, thin(paint));
    }
    void rectangle(const Box &box, const Paint &paint) override {
        const Point corner = place({box.x, box.y});
        canvas_.rectangle({corner.x, corner.y, box.width * factor_, box.height * factor_}, paint);
    }
    void dot(Point at, double radius, const Paint &paint) override {
        canvas_.dot(place(at), radius * factor_, paint);
    }
    void star(Point at, double radius, const Paint &paint) override {
        canvas_.star(place(at), radius * factor_, paint);
    }
    void text(Point at, std::string_view words, const Words &style) override {
        Words smaller = style;
        smaller.size *= factor_;
        smaller.room *= factor_;
        canvas_.text(place(at), words, smaller);
    }

private:
    Point place(Point point) const { return {origin_.x + point.x * factor_, origin_.y + point.y * factor_}; }
    Paint thin(Paint paint) const {
        paint.width *= factor_;
        return paint;
    }

    Canvas &canvas_;
    Point origin_;
    double factor_;
};

class Layout {
public:
    Layout(const Report &report, const std::string &created) : report_(report) {
        drawing_.properties("Marketing ROI: " + report.user, report.range, created);
    }

    Drawing make() {
        new_page();
        masthead();
        for (const Section &section : report_.sections)
            add_section(section);
        add_appendix();
        add_footers();
        return std::move(drawing_);
    }

private:
    void new_page() {
        drawing_.begin_page(page_width, page_height);
        y_ = margin;
    }
    // Room for something of that height, on this page or the next.
    void need(double height) {
        if (y_ + height > bottom) new_page();
    }
    void line(const std::string &words, double size, Ink ink, bool is_bold = false, double gap = 1.45) {
        drawing_.text({margin, y_ + size}, words, {{ink}, size, Anchor::start, content, is_bold});
        y_ += size * gap;
    }

    std::string in_currency(const std::string &title, Kind kind) const {
        return kind == Kind::money && !report_.currency.empty() ? title + ", " + report_.currency : title;
    }

    void masthead() {
        line("Marketing ROI", 20, Ink::text, true);
        line(report_.user, 11, Ink::text);
        line(report_.range + ", " + report_.time_zone +
                 (report_.currency.empty() ? "" : ", " + report_.currency),
             9, Ink::muted);
        if (report_.is_simulated) line("Simulated account: every figure is invented", 9, Ink::notice, true);
        if (report_.is_empty) line("No data in this range yet", 9, Ink::notice, true);
    }

    void add_section(const Section &section) {
        need(110); // a heading is not left alone
        y_ += 14;
        drawing_.bookmark(section.title);
        line(section.title, 14, Ink::text, true, 1.3);
        drawing_.polyline({{margin, y_}, {margin + content, y_}}, {Ink::grid});
        y_ += 6;
        if (!section.note.empty()) add_note(section.note);
        add_figures(section.figures);
        for (const Block &block : section.blocks) {
            if (block.chart) add_chart(*block.chart);
            if (block.table && !block.table->is_long && !is_told_empty(block)) add_table(*block.table);
        }
    }

    // Broken between words where a line is full.
    void add_note(const std::string &note) {
        constexpr double size = 8.5;
        for (std::size_t begin = 0; begin < note.size();) {
            std::size_t end = note.size();
            while (end > begin && estimated_width(note.substr(begin, end - begin), size) > content) {
                const std::size_t space = note.rfind(' ', end - 1);
                if (space == std::string::npos || space <= begin) break;
                end = space;
            }
            line(note.substr(begin, end - begin), size, Ink::muted);
            begin = end + 1;
        }
        y_ += 2;
    }

    void add_figures(const std::vector<Figure> &figures) {
        constexpr std::size_t across = 5;
        constexpr double gap = 6, height = 46, width = (content - (across - 1) * gap) / across;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            if (i % across == 0) need(height + gap);
            const Box card{margin + static_cast<double>(i % across) * (width + gap), y_, width, height};
            drawing_.rectangle(card, {Ink::panel});
            add_figure(figures[i], card);
            if (i % across == across - 1 || i + 1 == figures.size()) y_ += height + gap;
        }
    }

    void add_figure(const Figure &figure, const Box &card) {
        const double x = card.x + 6, room = card.width - 12;
        const bool has_money = figure.kind == Kind::money && figure.id != "difference";
        drawing_.text({x, card.y + 12}, has_money ? in_currency(figure.title, Kind::money) : figure.title,
                      {{Ink::muted}, 7, Anchor::start, room, false, true});
        drawing_.text({x, card.y + 27}, shown(figure.kind, figure.value),
                      {{Ink::text}, 12, Anchor::start, room, true, true});
        if (!figure.has_change) return;
        const std::string change = shown_change(figure.change);
        const bool is_up = change.front() == '+', is_down = change.front() == '-';
        const Ink ink = !is_up && !is_down               ? Ink::muted
                        : is_up != figure.less_is_better ? Ink::good
                                                         : Ink::bad;
        drawing_.text({x, card.y + 39}, change, {{ink}, 7.5, Anchor::start, room, false, true});
    }

    void add_chart(const Chart &chart) {
        const double width = content / chart_scale;
        const double height = chart.is_empty() ? 0 : std::min(height_of(chart, width), 900.0) * chart_scale;
        need(height + (chart.shape == Chart::bars ? 24 : 40));
        y_ += 8;
        line(in_currency(chart.title, chart.kind), 9.5, Ink::text, true);
        if (chart.is_empty())
            return line("Nothing to draw: no data in this range.", 8.5, Ink::muted, false, 1.8);
        if (chart.shape != Chart::bars) add_legend(chart);
        Scaled canvas(drawing_, {margin, y_}, chart_scale);
        draw(canvas, chart, {0, 0, width, height / chart_scale});
        y_ += height + 4;
    }

    void add_legend(const Chart &chart) {
        constexpr double size = 7.5;
        double x = margin;
        const auto advance = [&](double width) {
            if (x > margin && x + width > margin + content) {
                x = margin;
                y_ += 11;
            }
        };
        for (std::size_t i = 0; i < chart.series.size(); ++i) {
            const double width = std::min(estimated_width(chart.series[i].name, size), 160.0);
            advance(width + 24);
            drawing_.rectangle({x, y_ + 1, 7, 7}, {Ink::series, i});
            drawing_.text({x + 10, y_ + 7.5}, chart.series[i].name,
                          {{Ink::text}, size, Anchor::start, width + 4});
            x += width + 24;
        }
        if (!chart.markers.empty()) {
            advance(110);
            drawing_.star({x + 4, y_ + 4.5}, 4.5, {Ink::marker});
            drawing_.text({x + 12, y_ + 7.5}, "a campaign begins", {{Ink::muted}, size});
        }
        y_ += 13;
    }

    void add_table(const Table &table) {
        need(60);
        y_ += 6;
        line(table.title, 9.5, Ink::text, true);
        if (table.rows.empty())
            return line("No rows for this table in the range.", 8.5, Ink::muted, false, 1.8);
        const PaperTable paper(table, content, 8);
        for (std::size_t row = 0; row < table.rows.size();) {
            y_ = paper.draw_head(drawing_, {margin, y_});
            for (; row < table.rows.size() && y_ + paper.row_height() <= bottom; ++row)
                y_ = paper.draw_row(drawing_, {margin, y_}, row);
            if (row < table.rows.size()) new_page();
        }
        y_ += 6;
    }

    // --- the numbers behind the charts, two columns a page ---

    void add_appendix() {
        bool is_first = true;
        for (const Section &section : report_.sections)
            for (const Block &block : section.blocks)
                if (block.table && block.table->is_long && !block.table->rows.empty()) {
                    if (is_first) {
                        new_page();
                        drawing_.bookmark("The numbers");
                        line("The numbers behind the charts", 14, Ink::text, true);
                    }
                    is_first = false;
                    add_columns(*block.table);
                }
    }

    void add_columns(const Table &table) {
        constexpr double gap = 16, width = (content - gap) / 2;
        need(80);
        y_ += 6;
        line(table.title, 9.5, Ink::text, true);
        const PaperTable paper(table, width, 6.5);
        for (std::size_t row = 0; row < table.rows.size();) {
            const auto room = static_cast<std::size_t>((bottom - y_) / paper.row_height()) - 1;
            const std::size_t left = table.rows.size() - row;
            const std::size_t in_column = std::min(room, left <= room ? (left + 1) / 2 : room);
            double lowest = y_;
            for (int column = 0; column < 2 && row < table.rows.size(); ++column) {
                const double x = margin + column * (width + gap);
                double y = paper.draw_head(drawing_, {x, y_});
                for (std::size_t i = 0; i < in_column && row < table.rows.size(); ++i)
                    y = paper.draw_row(drawing_, {x, y}, row++);
                lowest = std::max(lowest, y);
            }
            y_ = lowest + 8;
            if (row < table.rows.size()) new_page();
        }
    }

    void add_footers() {
        const std::string pages = std::to_string(drawing_.page_count());
        for (std::size_t page = 0; page < drawing_.page_count(); ++page) {
            drawing_.turn_to(page);
            const double y = page_height - 26;
            drawing_.text({margin, y}, report_.user + ", " + report_.range,
                          {{Ink::muted}, 7, Anchor::start, content * 0.6});
            drawing_.text({margin + content, y}, "Page " + std::to_string(page + 1) + " of " + pages,
                          {{Ink::muted}, 7, Anchor::end});
        }
    }

    const Report &report_;
    Drawing drawing_;
    double y_ = 0;
};

} // namespace

Drawing lay_out(const Report &report, const std::string &created) { return Layout(report, created).make(); }

} // namespace roi::report
