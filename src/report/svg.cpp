// SVG as text.
#include "report/svg.hpp"

#include <cmath>

namespace roi::report {
namespace {

// Classes of the style sheet.
const char *name_of(Ink ink) {
    static constexpr const char *names[] = {"text", "muted", "axis", "grid", "reference", "marker",
                                            "s",    "panel", "good", "bad",  "notice"};
    return names[static_cast<std::size_t>(ink)];
}

constexpr std::size_t palette = 8; // colours of series in the style sheet

} // namespace

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)
                result += c;
            else
                result += ' ';
        }
    }
    return result;
}

void append_length(std::string &text, double value) {
    const long long tenths = std::llround(value * 10);
    if (tenths < 0) text += '-';
    const long long size = std::llabs(tenths);
    text += std::to_string(size / 10);
    if (size % 10 != 0) {
        text += '.';
        text += static_cast<char>('0' + size % 10);
    }
}

void SvgCanvas::attribute(const char *name, double value) {
    out_ += ' ';
    out_ += name;
    out_ += "=\"";
    append_length(out_, value);
    out_ += '"';
}

void SvgCanvas::style_of(const char *role, const Paint &paint) {
    out_ += " class=\"";
    out_ += role;
    out_ += ' ';
    out_ += name_of(paint.ink);
    if (paint.ink == Ink::series) out_ += std::to_string(paint.series % palette);
    if (paint.is_dashed) out_ += " dashed";
    out_ += '"';
    if (paint.width != 1) attribute("stroke-width", paint.width);
}

void SvgCanvas::points(const std::vector<Point> &points) {
    out_ += " points=\"";
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (i > 0) out_ += ' ';
        append_length(out_, points[i].x);
        out_ += ',';
        append_length(out_, points[i].y);
    }
    out_ += '"';
}

void SvgCanvas::begin_series(std::size_t series) {
    out_ += "<g data-series=\"" + std::to_string(series) + "\">";
}

void SvgCanvas::polyline(const std::vector<Point> &line, const Paint &paint) {
    out_ += "<polyline";
    style_of("line", paint);
    points(line);
    out_ += "/>";
}

void SvgCanvas::rectangle(const Box &box, const Paint &paint) {
    out_ += "<rect";
    style_of("fill", paint);
    attribute("x", box.x);
    attribute("y", box.y);
    attribute("width", box.width);
    attribute("height", box.height);
    out_ += "/>";
}

void SvgCanvas::dot(Point at, double radius, const Paint &paint) {
    out_ += "<circle";
    style_of("fill", {paint.ink, paint.series});
    attribute("cx", at.x);
    attribute("cy", at.y);
    attribute("r", radius);
    out_ += "/>";
}

void SvgCanvas::star(Point at, double radius, const Paint &paint) {
    out_ += "<polygon";
    style_of("fill", paint);
    points(star_points(at, radius));
    out_ += "/>";
}

void SvgCanvas::text(Point at, std::string_view words, const Words &style) {
    static constexpr const char *anchors[] = {"start", "middle", "end"};
    const std::string fitting = style.room > 0 ? cut_to(words, style.size, style.room) : std::string(words);
    out_ += "<text";
    style_of(style.is_bold ? "words bold" : "words", style.paint);
    attribute("x", at.x);
    attribute("y", at.y);
    attribute("font-size", style.size);
    out_ += " text-anchor=\"";
    out_ += anchors[static_cast<std::size_t>(style.anchor)];
    out_ += "\">" + escaped(fitting);
    if (fitting != words) out_ += "<title>" + escaped(words) + "</title>";
    out_ += "</text>";
}

} // namespace roi::report
