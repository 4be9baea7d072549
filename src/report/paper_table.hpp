// A table on paper: columns as wide as their cells want, shared out so that the whole fits.
#pragma once

#include <vector>

#include "report/canvas.hpp"
#include "report/model.hpp"

#include "core/seal.hpp"

namespace roi::report {

class PaperTable {
public:
    PaperTable(const Table &table, double width, double size);

    double row_height() const { return size_ * 1.65; }
    // Draw below `at`, and answer where the next row begins.
    double draw_head(Canvas &canvas, Point at) const;
    double draw_row(Canvas &canvas, Point at, std::size_t row) const;

private:
    void draw_cell(Canvas &canvas, Point at, std::size_t column, const std::string &words,
                   const Paint &paint) const;

    const Table &table_;
    double width_, size_;
    std::vector<double> widths_;
};

} // namespace roi::report
