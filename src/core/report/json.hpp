// JSON as text: appended piece by piece, commas set where they belong.
#pragma once

#include <string_view>

#include "core/report/columns.hpp"
#include "core/report/text_memory.hpp"

#include "core/seal.hpp"

namespace roi::core::report {

class JsonText {
public:
    JsonText(TextMemory &memory, std::size_t expected) : memory_(memory) { grow(expected); }

    void open_object() { open('{'); }
    void close_object() { close('}'); }
    void open_array() { open('['); }
    void close_array() { close(']'); }
    // A member's name, for one of ours that needs no escapes; its value comes next.
    void key(std::string_view name);
    void string(std::string_view text); // escaped
    void raw(std::string_view json);    // a value that is JSON already
    void resume(std::string_view text); // what text() was before, with a member written last
    void value(const Value &value);
    // Members of the open object.
    void columns(const Columns &columns, const Figures &figures);
    // A value of at most `room` bytes that the caller writes: where it goes, then where it ended.
    char *begin_value(std::size_t room);
    void end_value(char *end) { at_ = end; }

    std::string_view text() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }

private:
    void open(char bracket);
    void close(char bracket);
    void separate();
    void grow(std::size_t room);
    void need(std::size_t room) {
        if (static_cast<std::size_t>(end_ - at_) < room) grow(room);
    }
    void put(std::string_view text);

    TextMemory &memory_;
    char *begin_ = nullptr, *at_ = nullptr, *end_ = nullptr;
    bool is_first_ = true; // nothing stands before the next value here
};

} // namespace roi::core::report
