// JSON as text: appended piece by piece, commas set where they belong.
#pragma once

#include <string>
#include <string_view>

#include "core/report/columns.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

class JsonText {
public:
    explicit JsonText(std::size_t expected) { text_.reserve(expected); }

    void open_object() { open('{'); }
    void close_object() { close('}'); }
    void open_array() { open('['); }
    void close_array() { close(']'); }
    // A member's name, for one of ours that needs no escapes; its value comes next.
    void key(std::string_view name);
    void string(std::string_view text); // escaped
    void raw(std::string_view json);    // a value that is JSON already
    void value(const Value &value);
    // Members of the open object.
    void columns(const Columns &columns, const Figures &figures);

    const std::string &text() const { return text_; }
    std::string &value_text(); // to append a value to

private:
    void open(char bracket);
    void close(char bracket);
    void separate();

    std::string text_;
    bool is_first_ = true; // nothing stands before the next value here
};

} // namespace roi::core::report
