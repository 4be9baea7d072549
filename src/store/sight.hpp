// Which rows the caller sees, told from privileges and policies without a statement, so that our own look-ups need none.
#pragma once

#include <optional>
#include <string>

#include "store/extension.hpp"

#include "bridge/key_scan.hpp"

namespace roi::store {

// A caller and the user he asks for, for the length of one read. Everything else is looked up anew at each question:
// privileges, memberships and policies change under open sessions.
class Sight {
public:
    Sight(const Extension &extension, const std::string &user_id)
        : extension_(extension), user_id_(user_id) {}

    // True when a statement of the caller would find all rows of the user: the first column of the table's key is the user,
    // and no policy hides one. False means only that a statement must be asked: it finds the rows or raises the error.
    bool sees_own_rows(const bridge::KeyScan &table) { return sees(table, true); }
    // The same for all rows of a table that is nobody's.
    bool sees_all_rows(const bridge::KeyScan &table) { return sees(table, false); }

private:
    bool sees(const bridge::KeyScan &table, bool own);
    bool is_signed_in();

    const Extension &extension_;
    const std::string &user_id_;
    std::optional<bool> is_signed_in_;
};

} // namespace roi::store
