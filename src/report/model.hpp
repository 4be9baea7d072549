// A report before it is drawn: what its sections show, in the exact figures of the functions they come from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/seal.hpp"

namespace roi::report {

// A value as SQL prints it; nothing for NULL.
using Cell = std::optional<std::string>;

// How a value is shown.
enum class Kind { name, count, money, price, percent, ratio, day, moment };

// Shown as a figure, to the right.
inline bool is_number(Kind kind) { return kind != Kind::name && kind != Kind::day && kind != Kind::moment; }

struct Column {
    std::string id; // of the function's column
    std::string title;
    Kind kind = Kind::name;
};

struct Table {
    std::string source; // the function whose rows these are
    std::string title;
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
    bool is_long = false; // the numbers behind a chart, shown on demand or at the end
};

struct Figure {
    std::string source, id, title;
    Kind kind = Kind::money;
    Cell value;
    Cell change;             // percent against the previous period
    bool has_change = false; // false: nothing to compare with
    bool less_is_better = false;
};

struct Series {
    std::string name;
    std::vector<std::optional<double>> values; // for the eye only
    std::vector<std::string> shown;            // for the reader: each value as text
};

// Campaigns that began at a category.
struct Marker {
    std::size_t at = 0;
    std::vector<std::string> names;
};

struct Reference {
    double value = 0;
    std::string label;
};

struct Chart {
    enum Shape { lines, stacked, bars };
    std::string id, title;
    Shape shape = lines;
    Kind kind = Kind::money; // of the axis
    std::vector<std::string> categories;
    std::vector<Series> series;
    std::vector<Marker> markers;
    std::optional<Reference> reference;

    bool is_empty() const { return categories.empty() || series.empty(); }
};

struct Block {
    std::optional<Chart> chart;
    std::optional<Table> table;
};

// The chart has said already that there is nothing, which the table need not repeat.
inline bool is_told_empty(const Block &block) {
    return block.chart && block.chart->is_empty() && block.table && block.table->rows.empty();
}

struct Section {
    std::string id, title, note;
    std::vector<Figure> figures;
    std::vector<Block> blocks;
};

struct Report {
    std::string user, range, time_zone, currency, as_of, note;
    bool is_simulated = false;
    bool is_empty = false; // no fact in the range
    std::vector<Section> sections;
};

} // namespace roi::report
