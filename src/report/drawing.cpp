// Commands as a letter and plain values in the machine's own form: both libraries run in one process.
#include "report/drawing.hpp"

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/error.hpp"

namespace roi::report {
namespace {

constexpr std::string_view signature = "roi_ext drawing 1\n";

template <class T>
void put(std::string &out, const T &value) {
    static_assert(std::is_trivially_copyable_v<T>, "plain values only");
    out.append(reinterpret_cast<const char *>(&value), sizeof value);
}

void put(std::string &out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

// Member by member: what lies between them is nobody's.
void put(std::string &out, const Paint &paint) {
    put(out, paint.ink);
    put(out, paint.series);
    put(out, paint.width);
    put(out, paint.is_dashed);
}

void put(std::string &out, const Words &style) {
    put(out, style.paint);
    put(out, style.size);
    put(out, style.anchor);
    put(out, style.room);
    put(out, style.is_bold);
    put(out, style.is_whole);
}

class Bytes {
public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    bool at_end() const { return at_ == bytes_.size(); }
    std::string_view take(std::size_t count) {
        if (bytes_.size() - at_ < count) throw core::Error(core::Fault::corrupt, "a drawing ends too early");
        at_ += count;
        return bytes_.substr(at_ - count, count);
    }
    template <class T>
    T take() {
        T value;
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::string_view take_text() { return take(take<std::uint32_t>()); }
    Paint take_paint() {
        Paint paint;
        paint.ink = take<Ink>();
        paint.series = take<std::size_t>();
        paint.width = take<double>();
        paint.is_dashed = take<bool>();
        return paint;
    }
    Words take_words() {
        Words style;
        style.paint = take_paint();
        style.size = take<double>();
        style.anchor = take<Anchor>();
        style.room = take<double>();
        style.is_bold = take<bool>();
        style.is_whole = take<bool>();
        return style;
    }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

void replay_polyline(Bytes &bytes, Canvas &canvas) {
    const auto paint = bytes.take_paint();
    std::vector<Point> points;
    for (auto left = bytes.take<std::uint32_t>(); left > 0; --left)
        points.push_back(bytes.take<Point>());
    canvas.polyline(points, paint);
}

void replay_text(Bytes &bytes, Canvas &canvas) {
    const auto style = bytes.take_words();
    const auto at = bytes.take<Point>();
    canvas.text(at, bytes.take_text(), style);
}

// A dot or a star.
template <class Draw>
void replay_mark(Bytes &bytes, Draw draw) {
    const auto paint = bytes.take_paint();
    const auto at = bytes.take<Point>();
    draw(at, bytes.take<double>(), paint);
}

void replay_properties(Bytes &bytes, PageCanvas &canvas) {
    const std::string_view title = bytes.take_text(), subject = bytes.take_text();
    canvas.properties(title, subject, bytes.take_text());
}

void replay_command(char command, Bytes &bytes, PageCanvas &canvas) {
    switch (command) {
    case 'i':
        return replay_properties(bytes, canvas);
    case 'b':
        return canvas.bookmark(bytes.take_text());
    case 'l':
        return replay_polyline(bytes, canvas);
    case 'r': {
        const auto paint = bytes.take_paint();
        return canvas.rectangle(bytes.take<Box>(), paint);
    }
    case 'd':
        return replay_mark(
            bytes, [&](Point at, double radius, const Paint &paint) { canvas.dot(at, radius, paint); });
    case 's':
        return replay_mark(
            bytes, [&](Point at, double radius, const Paint &paint) { canvas.star(at, radius, paint); });
    case 't':
        return replay_text(bytes, canvas);
    default:
        throw core::Error(core::Fault::corrupt, "a drawing has an unknown command");
    }
}

} // namespace

Drawing::Drawing() : head_(signature) {}

void Drawing::properties(std::string_view title, std::string_view subject, std::string_view created) {
    head_ += 'i';
    put(head_, title);
    put(head_, subject);
    put(head_, created);
}

void Drawing::begin_page(double width, double height) {
    page_ = pages_.size();
    pages_.emplace_back("p");
    put(out(), width);
    put(out(), height);
}

void Drawing::bookmark(std::string_view title) {
    out() += 'b';
    put(out(), title);
}

void Drawing::polyline(const std::vector<Point> &points, const Paint &paint) {
    out() += 'l';
    put(out(), paint);
    put(out(), static_cast<std::uint32_t>(points.size()));
    for (const Point &point : points)
        put(out(), point);
}

void Drawing::rectangle(const Box &box, const Paint &paint) {
    out() += 'r';
    put(out(), paint);
    put(out(), box);
}

void Drawing::dot(Point at, double radius, const Paint &paint) {
    out() += 'd';
    put(out(), paint);
    put(out(), at);
    put(out(), radius);
}

void Drawing::star(Point at, double radius, const Paint &paint) {
    out() += 's';
    put(out(), paint);
    put(out(), at);
    put(out(), radius);
}

void Drawing::text(Point at, std::string_view words, const Words &style) {
    out() += 't';
    put(out(), style);
    put(out(), at);
    put(out(), words);
}

std::string Drawing::bytes() const {
    std::string all = head_;
    for (const std::string &page : pages_)
        all += page;
    return all;
}

void replay(std::string_view drawing, PageCanvas &canvas) {
    if (drawing.substr(0, signature.size()) != signature)
        throw core::Error(core::Fault::corrupt, "the drawing is of another version of roi_ext",
                          "roi_ext and its PDF module were not built together.",
                          "Install both, then connect again.");
    Bytes bytes(drawing.substr(signature.size()));
    bool is_open = false;
    while (!bytes.at_end()) {
        const char command = bytes.take<char>();
        if (command != 'p') {
            replay_command(command, bytes, canvas);
            continue;
        }
        if (is_open) canvas.end_page();
        is_open = true;
        const auto width = bytes.take<double>();
        canvas.begin_page(width, bytes.take<double>());
    }
    if (is_open) canvas.end_page();
}

} // namespace roi::report
