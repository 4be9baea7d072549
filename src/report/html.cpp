// Sections, figures, charts with their legends, and tables that hold every charted number.
#include "report/html.hpp"

#include "report/chart.hpp"
#include "report/figures.hpp"
#include "report/svg.hpp"

namespace roi::report {
namespace {

constexpr double wide = 960, narrow = 360; // widths that charts are drawn for

class Page {
public:
    explicit Page(const Report &report) : report_(report) {}

    std::string write(const Digest &digest) {
        head(digest);
        masthead();
        put("<main>");
        for (const Section &section : report_.sections)
            write_section(section);
        put("</main><footer><p>Made by roi_ext inside the database, ");
        words(report_.as_of);
        put(". Numbers are rounded for reading; point at one for the exact figure.</p></footer><script>");
        put(page_script);
        put("</script></body></html>\n");
        return std::move(out_);
    }

private:
    void put(const std::string &html) { out_ += html; }
    void words(const std::string &text) { out_ += escaped(text); }
    // A name in whatever script, which turns no text around it.
    void name(const std::string &text) { out_ += "<bdi>" + escaped(text) + "</bdi>"; }

    void head(const Digest &digest) {
        put("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" "
            "content=\"default-src 'none'; style-src 'sha256-" +
            digest(page_style) + "'; script-src 'sha256-" + digest(page_script) +
            "'; base-uri 'none'; form-action 'none'\"><meta name=\"viewport\" "
            "content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>Marketing ROI: ");
        words(report_.user + ", " + report_.range);
        put("</title><style>");
        put(page_style);
        put("</style></head><body>");
    }

    void masthead() {
        put("<header><h1>Marketing ROI</h1><p class=\"meta\">");
        name(report_.user);
        put(" · ");
        words(report_.range + " · " + report_.time_zone);
        if (!report_.currency.empty()) words(" · " + report_.currency);
        put("</p>");
        if (report_.is_simulated) put("<p class=\"badge\">Simulated account: every figure is invented</p>");
        if (report_.is_empty) put("<p class=\"badge\">No data in this range yet</p>");
        put("<nav aria-label=\"Sections\"><ul>");
        for (const Section &section : report_.sections) {
            put("<li><a href=\"#" + section.id + "\">");
            words(section.title);
            put("</a></li>");
        }
        put("</ul></nav></header>");
    }

    void write_section(const Section &section) {
        put("<section id=\"" + section.id + "\" aria-labelledby=\"" + section.id + "-title\"><h2 id=\"" +
            section.id + "-title\">");
        words(section.title);
        put("</h2>");
        if (!section.note.empty()) {
            put("<p class=\"note\">");
            words(section.note);
            put("</p>");
        }
        if (!section.figures.empty()) write_figures(section);
        for (const Block &block : section.blocks)
            write_block(block);
        put("</section>");
    }

    void write_figures(const Section &section) {
        put("<dl class=\"cards\">");
        for (const Figure &figure : section.figures) {
            put("<div><dt>");
            words(figure.title +
                  (figure.kind == Kind::money && !report_.currency.empty() && figure.id != "difference"
                       ? ", " + report_.currency
                       : ""));
            put("</dt><dd><span class=\"value\" data-source=\"" + figure.source + "\" data-column=\"" +
                figure.id + "\">");
            value(figure.kind, figure.value);
            put("</span>");
            if (figure.has_change) write_change(figure);
            put("</dd></div>");
        }
        put("</dl>");
    }

    void write_change(const Figure &figure) {
        const std::string text = shown_change(figure.change);
        const bool is_up = text.front() == '+', is_down = text.front() == '-';
        const char *mood = !is_up && !is_down ? "same" : is_up != figure.less_is_better ? "good" : "bad";
        put(std::string("<span class=\"change ") + mood + "\" data-source=\"roi_compare\" data-column=\"" +
            figure.id + "\">");
        put(is_up     ? "<span aria-hidden=\"true\">▲ </span>"
            : is_down ? "<span aria-hidden=\"true\">▼ </span>"
                      : "");
        if (figure.change)
            put("<data value=\"" + escaped(*figure.change) + "\" title=\"" + escaped(*figure.change) + "\">");
        words(text);
        if (figure.change) put("</data>");
        put("<span class=\"hidden\"> against the period before</span></span>");
    }

    // The exact figure stands in the markup and in the title, the rounded one in the text.
    void value(Kind kind, const Cell &cell) {
        if (!cell) return put("<span class=\"none\" title=\"not defined or not reported\">–</span>");
        if (kind == Kind::name) return name(*cell);
        if (!is_number(kind)) return words(*cell);
        const std::string exact = escaped(*cell);
        put("<data value=\"" + exact + "\" title=\"" + exact + "\">");
        words(shown(kind, cell));
        put("</data>");
    }

    void write_block(const Block &block) {
        if (block.chart) write_chart(*block.chart);
        if (block.table && !is_told_empty(block)) write_table(*block.table);
    }

    void write_chart(const Chart &chart) {
        put("<figure class=\"chart\" id=\"" + chart.id + "\"");
        if (!chart.is_empty()) put(" data-chart=\"" + escaped(data_of(chart)) + "\"");
        put("><figcaption>");
        words(chart.title +
              (chart.kind == Kind::money && !report_.currency.empty() ? ", " + report_.currency : ""));
        put("</figcaption>");
        if (chart.is_empty()) {
            put("<p class=\"empty\">Nothing to draw: no data in this range.</p></figure>");
            return;
        }
        if (chart.shape != Chart::bars) write_legend(chart);
        put("<div class=\"plot\" tabindex=\"0\" role=\"application\" aria-roledescription=\"interactive chart\" aria-label=\"");
        words(chart.title + ", " + std::to_string(chart.categories.size()) +
              " points; arrow keys go from one to the next, the numbers stand in a table below");
        put("\">");
        write_svg(chart, wide, "wide");
        write_svg(chart, narrow, "narrow");
        put("<div class=\"tip\" role=\"status\" hidden></div></div></figure>");
    }

    void write_legend(const Chart &chart) {
        put("<div class=\"legend\" role=\"group\" aria-label=\"Show or hide\">");
        for (std::size_t i = 0; i < chart.series.size(); ++i) {
            put("<button type=\"button\" aria-pressed=\"true\" data-series=\"" + std::to_string(i) +
                "\"><span class=\"swatch s" + std::to_string(i % 8) + "\" aria-hidden=\"true\"></span>");
            name(chart.series[i].name);
            put("</button>");
        }
        if (!chart.markers.empty())
            put("<span class=\"key\"><span class=\"star\" aria-hidden=\"true\">★</span> a campaign begins</span>");
        put("</div>");
    }

    void write_svg(const Chart &chart, double width, const char *variant) {
        const double height = height_of(chart, width);
        std::string drawing;
        SvgCanvas canvas(drawing);
        const Plot plot = draw(canvas, chart, {0, 0, width, height});
        const auto length = [](double value) {
            std::string text;
            append_length(text, value);
            return text;
        };
        const double begin = plot.is_upright ? plot.area.x : plot.area.y,
                     size = plot.is_upright ? plot.area.width : plot.area.height;
        put(std::string("<svg class=\"") + variant +
            "\" aria-hidden=\"true\" focusable=\"false\" viewBox=\"0 0 " + length(width) + " " +
            length(height) + "\" data-along=\"" + (plot.is_upright ? "x" : "y") + "\" data-bands=\"" +
            (plot.has_bands ? "1" : "0") + "\" data-begin=\"" + length(begin) + "\" data-size=\"" +
            length(size) + "\">");
        put(drawing);
        if (plot.is_upright)
            put("<line class=\"cursor\" x1=\"0\" x2=\"0\" y1=\"" + length(plot.area.y) + "\" y2=\"" +
                length(plot.area.y + plot.area.height) + "\"/>");
        put("</svg>");
    }

    // What the script shows of each category, as JSON.
    static std::string data_of(const Chart &chart) {
        std::string json = "{\"labels\":";
        list(json, chart.categories);
        json += ",\"series\":[";
        for (const Series &series : chart.series) {
            if (json.back() != '[') json += ',';
            json += "{\"name\":";
            text(json, series.name);
            json += ",\"shown\":";
            list(json, series.shown);
            json += '}';
        }
        json += "],\"stars\":{";
        for (const Marker &marker : chart.markers) {
            if (json.back() != '{') json += ',';
            json += '"' + std::to_string(marker.at) + "\":";
            list(json, marker.names);
        }
        return json + "}}";
    }

    static void list(std::string &json, const std::vector<std::string> &texts) {
        json += '[';
        for (const std::string &one : texts) {
            if (json.back() != '[') json += ',';
            text(json, one);
        }
        json += ']';
    }

    static void text(std::string &json, const std::string &text) {
        json += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') json += '\\';
            json += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
        json += '"';
    }

    void write_table(const Table &table) {
        if (table.rows.empty()) return put("<p class=\"empty\">No rows for this table in the range.</p>");
        if (table.is_long) put("<details><summary>" + escaped(table.title) + ": the numbers</summary>");
        put("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(table.title) +
            ": the numbers" + "\"><table data-source=\"" + table.source + "\"><caption>");
        words(table.title);
        put("</caption><thead><tr>");
        for (const Column &column : table.columns) {
            put("<th scope=\"col\" data-column=\"" + column.id +
                (is_number(column.kind) ? "\" class=\"number\">" : "\">"));
            words(column.title);
            put("</th>");
        }
        put("</tr></thead><tbody>");
        for (const auto &row : table.rows)
            write_row(table, row);
        put("</tbody></table></div>");
        if (table.is_long) put("</details>");
    }

    void write_row(const Table &table, const std::vector<Cell> &row) {
        put("<tr>");
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool is_head = i == 0;
            put(is_head                            ? "<th scope=\"row\">"
                : is_number(table.columns[i].kind) ? "<td class=\"number\">"
                                                   : "<td>");
            value(table.columns[i].kind, row[i]);
            put(is_head ? "</th>" : "</td>");
        }
        put("</tr>");
    }

    const Report &report_;
    std::string out_;
};

} // namespace

std::string write_html(const Report &report, const Digest &digest) { return Page(report).write(digest); }

} // namespace roi::report
