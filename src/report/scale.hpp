// Axes: round ticks that hold all values, and which categories get a label.
#pragma once

#include <cstddef>
#include <vector>

#include "core/seal.hpp"

namespace roi::report {

struct Scale {
    double low = 0, high = 1;
    std::vector<double> ticks; // ascending, the ends among them

    // Where a value lies between the ends, 0 to 1.
    double place(double value) const { return (value - low) / (high - low); }
};

// Ticks of 1, 2 or 5 times a power of ten, about `wanted` of them; zero is always on the scale.
Scale scale_of(double low, double high, int wanted);

// Indices of `count` categories to label, at most `room` of them, evenly spaced from the first on.
std::vector<std::size_t> labelled(std::size_t count, std::size_t room);

} // namespace roi::report
