// Cairo draws the shapes; Pango chooses fonts, shapes any script and sets it in its direction.
#include "pdf/painter.hpp"

#include <csignal>
#include <memory>
#include <stdexcept>

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "report/drawing.hpp"

namespace roi::pdf {
namespace {

using report::Anchor;
using report::Box;
using report::Ink;
using report::Paint;
using report::Point;
using report::Words;

struct Destroy {
    void operator()(cairo_surface_t *surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t *context) const { cairo_destroy(context); }
    void operator()(PangoLayout *layout) const { g_object_unref(layout); }
    void operator()(PangoFontDescription *font) const { pango_font_description_free(font); }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

// Pango may start threads of its own: they must not take the signals that the server sends to this process.
class SignalShield {
public:
    SignalShield() { raise(); }
    ~SignalShield() { lower(); }
    void raise() {
        sigset_t all;
        sigfillset(&all);
        // what a thread does wrong itself still ends it
        for (const int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
            sigdelset(&all, own);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    void lower() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalShield(const SignalShield &) = delete;
    SignalShield &operator=(const SignalShield &) = delete;

private:
    sigset_t before_;
};

// Cairo's way out: no exception may pass its frames.
cairo_status_t append_bytes(void *target, const unsigned char *bytes, unsigned int count) {
    try {
        static_cast<std::string *>(target)->append(reinterpret_cast<const char *>(bytes), count);
    } catch (...) {
        return CAIRO_STATUS_NO_MEMORY;
    }
    return CAIRO_STATUS_SUCCESS;
}

void require(cairo_status_t status) {
    if (status == CAIRO_STATUS_NO_MEMORY) throw std::bad_alloc();
    if (status != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error(std::string("Cairo cannot draw the report: ") +
                                 cairo_status_to_string(status));
}

struct Colour {
    double red, green, blue;
};

constexpr Colour rgb(unsigned value) {
    return {((value >> 16) & 255) / 255.0, ((value >> 8) & 255) / 255.0, (value & 255) / 255.0};
}

// As the page of HTML prints them.
Colour colour_of(const Paint &paint) {
    static constexpr unsigned series[] = {0x1f6feb, 0xc4500a, 0x1a7f4b, 0xa6379b,
                                          0x0e7c86, 0xb42318, 0x6b5bd2, 0x7a6a00};
    switch (paint.ink) {
    case Ink::series:
        return rgb(series[paint.series % 8]);
    case Ink::muted:
        return rgb(0x444444);
    case Ink::axis:
        return rgb(0x777777);
    case Ink::grid:
        return rgb(0xcccccc);
    case Ink::marker:
    case Ink::notice:
        return rgb(0x7a5200);
    case Ink::panel:
        return rgb(0xf1f2f5);
    case Ink::good:
        return rgb(0x116329);
    case Ink::bad:
        return rgb(0xa40e26);
    case Ink::text:
    case Ink::reference:
        break;
    }
    return rgb(0x000000);
}

class Painter final : public report::PageCanvas {
public:
    Painter(std::string &bytes, const std::function<void()> &pause) : pause_(pause) {
        surface_.reset(cairo_pdf_surface_create_for_stream(append_bytes, &bytes, 595, 842));
        require(cairo_surface_status(surface_.get()));
        context_.reset(cairo_create(surface_.get()));
        require(cairo_status(context_.get()));
        layout_.reset(pango_cairo_create_layout(context_.get()));
        pango_layout_set_single_paragraph_mode(layout_.get(), TRUE);
        place_exactly();
        require_fonts();
    }

    void finish() {
        cairo_surface_finish(surface_.get());
        require(cairo_surface_status(surface_.get()));
    }

    void properties(std::string_view title, std::string_view subject, std::string_view created) override {
        set(CAIRO_PDF_METADATA_TITLE, title);
        set(CAIRO_PDF_METADATA_SUBJECT, subject);
        set(CAIRO_PDF_METADATA_CREATOR, "roi_ext");
        set(CAIRO_PDF_METADATA_CREATE_DATE, created);
    }
    void begin_page(double width, double height) override {
        cairo_pdf_surface_set_size(surface_.get(), width, height);
        ++page_;
    }
    void end_page() override {
        cairo_show_page(context_.get());
        require(cairo_status(context_.get()));
        pause_();
    }
    void bookmark(std::string_view title) override {
        const std::string place = "page=" + std::to_string(page_) + " pos=[0 0]";
        cairo_pdf_surface_add_outline(surface_.get(), CAIRO_PDF_OUTLINE_ROOT, std::string(title).c_str(),
                                      place.c_str(), CAIRO_PDF_OUTLINE_FLAG_OPEN);
    }

    void begin_series(std::size_t) override {}
    void end_series() override {}
    void polyline(const std::vector<Point> &points, const Paint &paint) override {
        static constexpr double dashes[] = {3, 3};
        cairo_new_path(context_.get()); // text leaves the pen where it ended
        for (const Point &point : points)
            cairo_line_to(context_.get(), point.x, point.y);
        use(paint);
        cairo_set_line_width(context_.get(), paint.width);
        cairo_set_line_join(context_.get(), CAIRO_LINE_JOIN_ROUND);
        cairo_set_dash(context_.get(), dashes, paint.is_dashed ? 2 : 0, 0);
        cairo_stroke(context_.get());
    }
    void rectangle(const Box &box, const Paint &paint) override {
        cairo_new_path(context_.get());
        cairo_rectangle(context_.get(), box.x, box.y, box.width, box.height);
        fill(paint);
    }
    void dot(Point at, double radius, const Paint &paint) override {
        cairo_new_path(context_.get());
        cairo_arc(context_.get(), at.x, at.y, radius, 0, 6.283185307179586);
        fill(paint);
    }
    void star(Point at, double radius, const Paint &paint) override {
        cairo_new_path(context_.get());
        for (const Point &point : report::star_points(at, radius))
            cairo_line_to(context_.get(), point.x, point.y);
        cairo_close_path(context_.get());
        fill(paint);
    }

    void text(Point at, std::string_view words, const Words &style) override {
        pango_layout_set_width(layout_.get(), -1);
        pango_layout_set_ellipsize(layout_.get(), PANGO_ELLIPSIZE_NONE);
        set_font(style, style.size);
        pango_layout_set_text(layout_.get(), words.data(), static_cast<int>(words.size()));
        if (style.room > 0 && width() > style.room) squeeze(style);
        const double shift = style.anchor == Anchor::start    ? 0
                             : style.anchor == Anchor::middle ? width() / 2
                                                              : width();
        const double baseline = static_cast<double>(pango_layout_get_baseline(layout_.get())) / PANGO_SCALE;
        use(style.paint);
        cairo_move_to(context_.get(), at.x - shift - left(), at.y - baseline);
        pango_cairo_show_layout(context_.get(), layout_.get());
    }

private:
    // Numbers keep their digits and become smaller; names become a little smaller, then end in an ellipsis.
    void squeeze(const Words &style) {
        constexpr double smallest_name = 0.85;
        const double factor = style.room / width();
        set_font(style, style.size * (style.is_whole ? factor * 0.99 : std::max(factor, smallest_name)));
        if (style.is_whole || width() <= style.room) return;
        pango_layout_set_ellipsize(layout_.get(), PANGO_ELLIPSIZE_END);
        pango_layout_set_width(layout_.get(), static_cast<int>(style.room * PANGO_SCALE));
    }

    void set_font(const Words &style, double size) {
        const Owned<PangoFontDescription> font(
            pango_font_description_from_string("DejaVu Sans, Noto Sans, Sans"));
        pango_font_description_set_absolute_size(font.get(), size * PANGO_SCALE);
        pango_font_description_set_weight(font.get(),
                                          style.is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
        pango_layout_set_font_description(layout_.get(), font.get());
    }

    // Paper has no pixels: letters on whole ones would stand unevenly, and words fall apart for who searches them.
    void place_exactly() {
        cairo_font_options_t *const options = cairo_font_options_create();
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
        PangoContext *const context = pango_layout_get_context(layout_.get());
        pango_cairo_context_set_font_options(context, options);
        pango_context_set_round_glyph_positions(context, FALSE);
        cairo_font_options_destroy(options);
        pango_layout_context_changed(layout_.get());
    }

    PangoRectangle extents() const {
        PangoRectangle logical;
        pango_layout_get_extents(layout_.get(), nullptr, &logical);
        return logical;
    }
    double width() const { return static_cast<double>(extents().width) / PANGO_SCALE; }
    double left() const { return static_cast<double>(extents().x) / PANGO_SCALE; }

    // Without any font Pango warns in the server's log and draws nothing.
    static void require_fonts() {
        PangoFontFamily **families = nullptr;
        int count = 0;
        pango_font_map_list_families(pango_cairo_font_map_get_default(), &families, &count);
        g_free(families);
        if (count == 0)
            throw std::runtime_error(
                "the server has no font to write a report with; install fonts-dejavu-core");
    }

    void set(cairo_pdf_metadata_t what, std::string_view text) {
        cairo_pdf_surface_set_metadata(surface_.get(), what, std::string(text).c_str());
    }
    void use(const Paint &paint) {
        const Colour colour = colour_of(paint);
        cairo_set_source_rgb(context_.get(), colour.red, colour.green, colour.blue);
    }
    void fill(const Paint &paint) {
        use(paint);
        cairo_fill(context_.get());
    }

    const std::function<void()> &pause_;
    Owned<cairo_surface_t> surface_;
    Owned<cairo_t> context_;
    Owned<PangoLayout> layout_;
    int page_ = 0;
};

} // namespace

std::string paint(std::string_view drawing, const std::function<void()> &pause) {
    std::string bytes;
    SignalShield shield;
    const std::function<void()> pause_unshielded = [&] {
        shield.lower();
        pause();
        shield.raise();
    };
    Painter painter(bytes, pause_unshielded);
    report::replay(drawing, painter);
    painter.finish();
    return bytes;
}

} // namespace roi::pdf
