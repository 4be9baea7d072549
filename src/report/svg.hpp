// A canvas that writes SVG: what things are by class, so that the page's style chooses colours.
#pragma once

#include <string>

#include "report/canvas.hpp"

#include "core/seal.hpp"

namespace roi::report {

// Text with what XML gives a meaning made harmless, in elements and in attributes; control characters, which XML forbids, are
// left out.
std::string escaped(std::string_view text);
// A length with at most one decimal.
void append_length(std::string &text, double value);

class SvgCanvas final : public Canvas {
public:
    explicit SvgCanvas(std::string &out) : out_(out) {}

    void begin_series(std::size_t series) override;
    void end_series() override { out_ += "</g>"; }
    void polyline(const std::vector<Point> &points, const Paint &paint) override;
    void rectangle(const Box &box, const Paint &paint) override;
    void dot(Point at, double radius, const Paint &paint) override;
    void star(Point at, double radius, const Paint &paint) override;
    void text(Point at, std::string_view words, const Words &style) override;

private:
    void attribute(const char *name, double value);
    void style_of(const char *role, const Paint &paint);
    void points(const std::vector<Point> &points);

    std::string &out_;
};

} // namespace roi::report
