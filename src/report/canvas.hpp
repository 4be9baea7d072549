// What a chart is drawn on: lines, shapes and words in points from the upper left corner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/seal.hpp"

namespace roi::report {

struct Point {
    double x = 0, y = 0;
};

struct Box {
    double x = 0, y = 0, width = 0, height = 0;
};

// What something is, not which colour it has: a page in the dark and a printed one choose their own.
enum class Ink : unsigned char {
    text,
    muted,
    axis,
    grid,
    reference,
    marker,
    series,
    panel,
    good,
    bad,
    notice
};

struct Paint {
    Ink ink = Ink::text;
    std::size_t series = 0; // of Ink::series
    double width = 1;
    bool is_dashed = false;
};

enum class Anchor : unsigned char { start, middle, end };

struct Words {
    Paint paint;
    double size = 11;
    Anchor anchor = Anchor::start;
    double room = 0; // wide at most; 0: as wide as it is
    bool is_bold = false;
    bool is_whole = false; // too wide, it is drawn smaller rather than cut: a number must keep its digits
};

class Canvas {
public:
    virtual ~Canvas() = default;
    // What comes until end_series() belongs to one series, which a legend can hide.
    virtual void begin_series(std::size_t series) = 0;
    virtual void end_series() = 0;
    virtual void polyline(const std::vector<Point> &points, const Paint &paint) = 0;
    virtual void rectangle(const Box &box, const Paint &paint) = 0;
    virtual void dot(Point at, double radius, const Paint &paint) = 0;
    virtual void star(Point at, double radius, const Paint &paint) = 0;
    // `at` is the begin, middle or end of the baseline, by the anchor.
    virtual void text(Point at, std::string_view words, const Words &style) = 0;
};

// The ten corners of a star of five points.
std::vector<Point> star_points(Point at, double radius);

// About how wide a text comes out: enough to leave room, not to break lines by.
double estimated_width(std::string_view text, double size);
// The text, cut with an ellipsis to about that width, on a character boundary.
std::string cut_to(std::string_view text, double size, double room);

} // namespace roi::report
