// Separators and escapes of JSON (RFC 8259).
#include "core/report/json.hpp"

#include <algorithm>
#include <cstring>

namespace roi::core::report {

// Doubles at least: a text of any length is copied a few times at most.
void JsonText::grow(std::size_t room) {
    const auto used = static_cast<std::size_t>(at_ - begin_), size = static_cast<std::size_t>(end_ - begin_);
    const std::size_t wanted = std::max(used + room, 2 * size);
    begin_ = memory_.grow(used, wanted);
    at_ = begin_ + used;
    end_ = begin_ + wanted;
}

void JsonText::put(std::string_view text) {
    need(text.size());
    at_ = std::copy(text.begin(), text.end(), at_);
}

void JsonText::separate() {
    need(1);
    if (!is_first_) *at_++ = ',';
    is_first_ = false;
}

void JsonText::resume(std::string_view text) {
    put(text);
    is_first_ = false;
}

void JsonText::open(char bracket) {
    separate();
    put({&bracket, 1});
    is_first_ = true;
}

void JsonText::close(char bracket) {
    put({&bracket, 1});
    is_first_ = false;
}

void JsonText::key(std::string_view name) {
    separate();
    put("\"");
    put(name);
    put("\":");
    is_first_ = true;
}

void JsonText::string(std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    constexpr std::size_t longest = 6; // of an escape
    separate();
    need(longest * text.size() + 2);
    char *at = at_;
    *at++ = '"';
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            *at++ = '\\';
            *at++ = letter;
        } else if (byte < 0x20) {
            at = std::copy_n("\\u00", 4, at);
            *at++ = hex[byte >> 4];
            *at++ = hex[byte & 15];
        } else {
            *at++ = letter;
        }
    }
    *at++ = '"';
    at_ = at;
}

void JsonText::raw(std::string_view json) {
    separate();
    put(json);
}

void JsonText::value(const Value &value) { end_value(write(begin_value(max_written), value)); }

char *JsonText::begin_value(std::size_t room) {
    separate();
    need(room);
    return at_;
}

// The members' names are written whole words at a time: they are most of a long document.
void JsonText::columns(const Columns &columns, const Figures &figures) {
    need(columns.size() * (Column::longest_member + max_written));
    char *at = at_;
    for (const Column &column : columns) {
        const std::size_t skipped = is_first_ ? 1 : 0; // the comma
        is_first_ = false;
        std::memcpy(at, column.member + skipped, Column::longest_member - 1);
        at = write(at + column.member_size - skipped, column.of(figures));
    }
    at_ = at;
}

} // namespace roi::core::report
