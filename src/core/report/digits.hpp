// Decimal digits two at a time.
#pragma once

#include <cstring>

#include "core/seal.hpp"

namespace roi::core::report {

constexpr char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
    "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
    "9899";

// A number below 100 as two digits.
inline char *write_two(char *at, unsigned number) {
    std::memcpy(at, digit_pairs + 2 * std::size_t{number}, 2);
    return at + 2;
}

} // namespace roi::core::report
