// The order in which the database sorts text.
#pragma once

#include <string_view>

#include "bridge/error.hpp"

namespace roi::bridge {

// a < b in the database's default collation; ties are broken by bytes, as in ORDER BY.
inline bool collates_before(std::string_view a, std::string_view b) {
    return call([a, b] {
        return varstr_cmp(a.data(), static_cast<int>(a.size()), b.data(), static_cast<int>(b.size()),
                          DEFAULT_COLLATION_OID) < 0;
    });
}

} // namespace roi::bridge
