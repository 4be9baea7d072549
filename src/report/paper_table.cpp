// Widths of columns and rows of words.
#include "report/paper_table.hpp"

#include <algorithm>
#include <numeric>

#include "report/figures.hpp"

namespace roi::report {
namespace {

constexpr double padding = 4;
constexpr double longest_name = 150; // of what a name asks for

} // namespace

// Names give way first; what is left over goes to all.
PaperTable::PaperTable(const Table &table, double width, double size)
    : table_(table), width_(width), size_(size) {
    double names = 0;
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        double wanted = estimated_width(table.columns[column].title, size);
        for (const auto &row : table.rows)
            wanted = std::max(wanted, estimated_width(shown(table.columns[column].kind, row[column]), size));
        if (table.columns[column].kind == Kind::name) {
            wanted = std::min(wanted, longest_name);
            names += wanted;
        }
        widths_.push_back(wanted + 2 * padding);
    }
    double total = std::accumulate(widths_.begin(), widths_.end(), 0.0);
    if (total > width && names > 0) {
        const double share = std::max(0.4, 1 - (total - width) / names);
        for (std::size_t column = 0; column < widths_.size(); ++column)
            if (table.columns[column].kind == Kind::name)
                widths_[column] = (widths_[column] - 2 * padding) * share + 2 * padding;
        total = std::accumulate(widths_.begin(), widths_.end(), 0.0);
    }
    for (double &column : widths_)
        column *= width / total;
}

double PaperTable::draw_head(Canvas &canvas, Point at) const {
    canvas.rectangle({at.x, at.y, width_, row_height()}, {Ink::panel});
    for (std::size_t column = 0; column < widths_.size(); ++column) {
        draw_cell(canvas, at, column, table_.columns[column].title, {Ink::muted});
        at.x += widths_[column];
    }
    return at.y + row_height();
}

double PaperTable::draw_row(Canvas &canvas, Point at, std::size_t row) const {
    const double left = at.x;
    for (std::size_t column = 0; column < widths_.size(); ++column) {
        draw_cell(canvas, at, column, shown(table_.columns[column].kind, table_.rows[row][column]),
                  {Ink::text});
        at.x += widths_[column];
    }
    const double y = at.y + row_height();
    canvas.polyline({{left, y}, {left + width_, y}}, {Ink::grid, 0, 0.4});
    return y;
}

void PaperTable::draw_cell(Canvas &canvas, Point at, std::size_t column, const std::string &words,
                           const Paint &paint) const {
    const Kind kind = table_.columns[column].kind;
    const bool is_right = is_number(kind);
    const double room = widths_[column] - 2 * padding;
    const double x = is_right ? at.x + widths_[column] - padding : at.x + padding;
    canvas.text({x, at.y + size_ * 1.2}, words,
                {paint, size_, is_right ? Anchor::end : Anchor::start, room, false, kind != Kind::name});
}

} // namespace roi::report
