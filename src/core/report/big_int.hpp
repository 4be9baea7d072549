// Integers without a bound, for products that outgrow 128 bits.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include "core/seal.hpp"

namespace roi::core::report {

// boost::multiprecision::cpp_int whose operations give numbers: its own give expressions, which refer to their
// operands and so must not outlive them.
using BigInt =
    boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;

} // namespace roi::core::report
