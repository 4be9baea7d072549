// The geometry of the charts, the same on a page of HTML and in a PDF.
#pragma once

#include "report/canvas.hpp"
#include "report/model.hpp"

#include "core/seal.hpp"

namespace roi::report {

// Where the categories of a drawn chart lie, for whoever points at it.
struct Plot {
    Box area;
    bool is_upright = true; // categories go along x; else along y
    bool has_bands = false; // a category is a band; else a point, the first and last on the edges
};

// How high a chart wants to be in that width.
double height_of(const Chart &chart, double width);
Plot draw(Canvas &canvas, const Chart &chart, const Box &box);

} // namespace roi::report
