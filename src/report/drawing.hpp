// Pages as a list of drawing commands in bytes: what one library lays out, another one draws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/canvas.hpp"

#include "core/seal.hpp"

namespace roi::report {

// A canvas of several pages.
class PageCanvas : public Canvas {
public:
    // Of the whole document, before its first page.
    virtual void properties(std::string_view title, std::string_view subject, std::string_view created) = 0;
    virtual void begin_page(double width, double height) = 0;
    virtual void end_page() = 0;
    // An entry of the document's outline that leads to this page.
    virtual void bookmark(std::string_view title) = 0;
};

// Records commands. One page stays open for more until the next begins; any can be written to again.
class Drawing final : public PageCanvas {
public:
    Drawing();

    void properties(std::string_view title, std::string_view subject, std::string_view created) override;
    void begin_page(double width, double height) override;
    void end_page() override {}
    void bookmark(std::string_view title) override;
    void begin_series(std::size_t) override {}
    void end_series() override {}
    void polyline(const std::vector<Point> &points, const Paint &paint) override;
    void rectangle(const Box &box, const Paint &paint) override;
    void dot(Point at, double radius, const Paint &paint) override;
    void star(Point at, double radius, const Paint &paint) override;
    void text(Point at, std::string_view words, const Words &style) override;

    std::size_t page_count() const { return pages_.size(); }
    void turn_to(std::size_t page) { page_ = page; } // pages count from 0
    std::string bytes() const;

private:
    std::string &out() { return pages_.empty() ? head_ : pages_[page_]; }

    std::string head_;
    std::vector<std::string> pages_;
    std::size_t page_ = 0;
};

// Draws a list again. Throws Fault::corrupt for bytes that are none, or of another version.
void replay(std::string_view drawing, PageCanvas &canvas);

} // namespace roi::report
