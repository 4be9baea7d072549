// roi_platforms as the generator needs it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/model/model.hpp"

#include "store/extension.hpp"

#include "bridge/number_object.hpp"

namespace roi::store {

struct Platform {
    core::model::PlatformModel model;
    std::vector<std::string> metric_keys; // as JSON strings, quoted and escaped
    bridge::NumberObject numbers;         // the metrics of an hour as JSON
};

// Every row of roi_platforms by name. Raises 22023 when content types or metrics cannot be read.
std::map<std::string, Platform> load_platforms(const Extension &extension);

} // namespace roi::store
