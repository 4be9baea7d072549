// The shape of a star, and how wide letters are, roughly.
#include "report/canvas.hpp"

#include <cmath>

namespace roi::report {
namespace {

// Bytes of the character that starts here; at least 1.
std::size_t character_size(unsigned char first) {
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

// Of DejaVu Sans, in parts of the size: digits and most letters, narrow ones, wide scripts.
double width_of(std::string_view character) {
    if (character.size() >= 3) return 1.0;
    if (character.size() == 2) return 0.65;
    if (std::string_view(" .,:;'|!ijlIft()-").find(character) != std::string_view::npos) return 0.38;
    return std::string_view("mwMW%@").find(character) != std::string_view::npos ? 0.95 : 0.64;
}

} // namespace

std::vector<Point> star_points(Point at, double radius) {
    std::vector<Point> points;
    for (int i = 0; i < 10; ++i) {
        const double angle = std::acos(-1.0) * (i / 5.0 - 0.5), length = i % 2 == 0 ? radius : radius * 0.42;
        points.push_back({at.x + length * std::cos(angle), at.y + length * std::sin(angle)});
    }
    return points;
}

double estimated_width(std::string_view text, double size) {
    double width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = character_size(static_cast<unsigned char>(text[at]));
        width += width_of(text.substr(at, bytes));
        at += bytes;
    }
    return width * size;
}

std::string cut_to(std::string_view text, double size, double room) {
    if (estimated_width(text, size) <= room) return std::string(text);
    double left = room - size; // for the ellipsis
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t bytes = character_size(static_cast<unsigned char>(text[at]));
        left -= width_of(text.substr(at, bytes)) * size;
        if (left < 0) break;
        at += bytes;
    }
    return std::string(text.substr(0, at)) + "…";
}

} // namespace roi::report
