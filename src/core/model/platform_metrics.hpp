// A platform's own metrics of one hour, derived from what the hour added; shared by the growth models.
#pragma once

#include <array>
#include <cstdint>

#include "core/model/model.hpp"
#include "core/seal.hpp"

namespace roi::core::model {

// In units of 10^-decimals of each metric; unused places are 0. An ill-formed list throws invalid_argument.
std::array<std::int64_t, max_platform_metrics> platform_metrics(std::uint64_t seed,
                                                                const PlatformModel &platform,
                                                                std::uint64_t post_key, std::int64_t hour,
                                                                const Measures &added);

} // namespace roi::core::model
