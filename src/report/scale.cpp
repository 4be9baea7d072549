// Round numbers for axes.
#include "report/scale.hpp"

#include <algorithm>
#include <cmath>

namespace roi::report {

Scale scale_of(double low, double high, int wanted) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
    if (high - low <= 0) high = low + 1;
    const double rough = (high - low) / wanted;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double fraction = rough / power;
    const double step = power * (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10);
    const double first = std::floor(low / step), last = std::ceil(high / step);
    Scale scale{first * step, last * step, {}};
    const int steps = static_cast<int>(std::lround(last - first));
    for (int i = 0; i <= steps; ++i)
        scale.ticks.push_back((first + i) * step);
    return scale;
}

std::vector<std::size_t> labelled(std::size_t count, std::size_t room) {
    const std::size_t step = room == 0 ? count + 1 : (count + room - 1) / std::max<std::size_t>(room, 1);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < count; i += std::max<std::size_t>(step, 1))
        chosen.push_back(i);
    return chosen;
}

} // namespace roi::report
