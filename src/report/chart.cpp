// Lines over time, stacked columns and bars: axes first, then series, then stars.
#include "report/chart.hpp"

#include <algorithm>
#include <cmath>

#include "report/figures.hpp"
#include "report/scale.hpp"

namespace roi::report {
namespace {

constexpr double label_size = 11;
constexpr double bar_height = 28;
constexpr double star_room = 16;

struct Extent {
    double low = 0, high = 0;

    void hold(double value) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
};

// Values above and below zero pile up apart.
Extent stacked_extent(const Chart &chart) {
    Extent extent;
    for (std::size_t i = 0; i < chart.categories.size(); ++i) {
        double above = 0, below = 0;
        for (const Series &series : chart.series)
            if (const auto value = series.values[i]) (*value > 0 ? above : below) += *value;
        extent.hold(above);
        extent.hold(below);
    }
    return extent;
}

Extent extent_of(const Chart &chart) {
    if (chart.shape == Chart::stacked) return stacked_extent(chart);
    Extent extent;
    for (const Series &series : chart.series)
        for (const auto &value : series.values)
            if (value) extent.hold(*value);
    if (chart.reference) extent.hold(chart.reference->value);
    return extent;
}

std::string tick_label(const Chart &chart, double value) {
    return compact(value) + (chart.kind == Kind::percent ? " %" : "");
}

// Draws one chart of upright categories.
class Upright {
public:
    Upright(Canvas &canvas, const Chart &chart, const Box &box)
        : canvas_(canvas), chart_(chart), has_bands_(chart.shape == Chart::stacked) {
        const Extent extent = extent_of(chart);
        scale_ = scale_of(extent.low, extent.high, box.height < 220 ? 4 : 5);
        double left = 0;
        for (const double tick : scale_.ticks)
            left = std::max(left, estimated_width(tick_label(chart, tick), label_size));
        const double top = chart.markers.empty() ? 8 : star_room + 6;
        area_ = {box.x + left + 8, box.y + top, box.width - left - 8 - 10, box.height - top - 24};
    }

    Plot draw() {
        draw_axes();
        draw_reference();
        for (std::size_t i = 0; i < chart_.series.size(); ++i) {
            canvas_.begin_series(i);
            has_bands_ ? draw_columns(i) : draw_line(i);
            canvas_.end_series();
        }
        for (const Marker &marker : chart_.markers)
            draw_marker(marker);
        return {area_, true, has_bands_};
    }

private:
    double x_of(std::size_t category) const {
        const auto count = static_cast<double>(chart_.categories.size());
        const auto at = static_cast<double>(category);
        if (has_bands_) return area_.x + area_.width * (at + 0.5) / count;
        return count > 1 ? area_.x + area_.width * at / (count - 1) : area_.x + area_.width / 2;
    }
    double y_of(double value) const { return area_.y + area_.height * (1 - scale_.place(value)); }
    double bottom() const { return area_.y + area_.height; }
    double right() const { return area_.x + area_.width; }

    void draw_axes() {
        for (const double tick : scale_.ticks) {
            const double y = y_of(tick);
            canvas_.polyline({{area_.x, y}, {right(), y}}, {tick == 0 ? Ink::axis : Ink::grid});
            canvas_.text({area_.x - 6, y + 4}, tick_label(chart_, tick),
                         {{Ink::muted}, label_size, Anchor::end});
        }
        draw_categories();
    }

    void draw_categories() {
        double widest = 0;
        for (const std::string &label : chart_.categories)
            widest = std::max(widest, estimated_width(label, label_size));
        const auto room = static_cast<std::size_t>(std::max(1.0, area_.width / (widest + 14)));
        double taken = area_.x - 40; // up to where labels stand already
        for (const std::size_t i : labelled(chart_.categories.size(), room)) {
            const double width = estimated_width(chart_.categories[i], label_size);
            const double left = std::clamp(x_of(i) - width / 2, area_.x - 30, right() + 10 - width);
            if (left < taken + 8) continue;
            canvas_.text({left + width / 2, bottom() + 17}, chart_.categories[i],
                         {{Ink::muted}, label_size, Anchor::middle});
            taken = left + width;
        }
    }

    void draw_reference() {
        if (!chart_.reference) return;
        const double y = y_of(chart_.reference->value);
        canvas_.polyline({{area_.x, y}, {right(), y}}, {Ink::reference, 0, 1.5, true});
        canvas_.text({right(), y - 5}, chart_.reference->label, {{Ink::reference}, label_size, Anchor::end});
    }

    // Unbroken runs of values; one alone is a dot.
    void draw_line(std::size_t number) {
        const Series &series = chart_.series[number];
        const Paint paint{Ink::series, number, 2};
        std::vector<Point> run;
        for (std::size_t i = 0; i <= series.values.size(); ++i) {
            if (i < series.values.size() && series.values[i]) {
                run.push_back({x_of(i), y_of(*series.values[i])});
                continue;
            }
            if (run.size() == 1) canvas_.dot(run.front(), 3, paint);
            if (run.size() > 1) canvas_.polyline(run, paint);
            run.clear();
        }
    }

    void draw_columns(std::size_t number) {
        const double band = area_.width / static_cast<double>(chart_.categories.size());
        const double width = std::min(band * 0.7, 60.0);
        for (std::size_t i = 0; i < chart_.categories.size(); ++i) {
            const auto value = chart_.series[number].values[i];
            if (!value || *value == 0) continue;
            double base = 0; // what lies below it on the same side of zero
            for (std::size_t other = 0; other < number; ++other)
                if (const auto under = chart_.series[other].values[i]; under && (*under > 0) == (*value > 0))
                    base += *under;
            const double from = y_of(base), to = y_of(base + *value);
            canvas_.rectangle({x_of(i) - width / 2, std::min(from, to), width, std::fabs(to - from)},
                              {Ink::series, number});
        }
    }

    void draw_marker(const Marker &marker) {
        const double x = x_of(marker.at);
        canvas_.polyline({{x, area_.y - 2}, {x, bottom()}}, {Ink::marker, 0, 1, true});
        canvas_.star({x, area_.y - 2 - star_room / 2}, star_room / 2, {Ink::marker});
    }

    Canvas &canvas_;
    const Chart &chart_;
    bool has_bands_;
    Scale scale_;
    Box area_;
};

// One bar a category, its name before it and its value behind it.
Plot draw_bars(Canvas &canvas, const Chart &chart, const Box &box) {
    const Series &series = chart.series.front();
    double names = 0, values = 0;
    for (const std::string &name : chart.categories)
        names = std::max(names, estimated_width(name, label_size));
    for (const std::string &value : series.shown)
        values = std::max(values, estimated_width(value, label_size));
    names = std::min(names, box.width * 0.35);
    const Box area{box.x + names + 8, box.y + 4, box.width - names - values - 22, box.height - 8};
    const Extent extent = extent_of(chart);
    const Scale scale{extent.low, extent.high > extent.low ? extent.high : extent.low + 1, {}};
    const double zero = area.x + area.width * scale.place(0);
    const double band = area.height / static_cast<double>(chart.categories.size());
    for (std::size_t i = 0; i < chart.categories.size(); ++i) {
        const double middle = area.y + band * (static_cast<double>(i) + 0.5);
        canvas.text({box.x + names, middle + 4}, chart.categories[i],
                    {{Ink::text}, label_size, Anchor::end, names});
        const double value = series.values[i].value_or(0);
        const double to = area.x + area.width * scale.place(value);
        canvas.begin_series(0);
        canvas.rectangle({std::min(zero, to), middle - band * 0.32, std::fabs(to - zero), band * 0.64},
                         {Ink::series, 0});
        canvas.end_series();
        canvas.text({std::max(zero, to) + 6, middle + 4}, series.shown[i], {{Ink::muted}, label_size});
    }
    canvas.polyline({{zero, area.y}, {zero, area.y + area.height}}, {Ink::axis});
    return {area, false, true};
}

} // namespace

double height_of(const Chart &chart, double width) {
    if (chart.shape == Chart::bars) return 8 + bar_height * static_cast<double>(chart.categories.size());
    return width < 500 ? 230 : 280;
}

Plot draw(Canvas &canvas, const Chart &chart, const Box &box) {
    if (chart.shape == Chart::bars) return draw_bars(canvas, chart, box);
    return Upright(canvas, chart, box).draw();
}

} // namespace roi::report
