// Separators and escapes of JSON (RFC 8259).
#include "core/report/json.hpp"

#include <algorithm>

namespace roi::core::report {

void JsonText::separate() {
    if (!is_first_) text_ += ',';
    is_first_ = false;
}

void JsonText::open(char bracket) {
    separate();
    text_ += bracket;
    is_first_ = true;
}

void JsonText::close(char bracket) {
    text_ += bracket;
    is_first_ = false;
}

void JsonText::key(std::string_view name) {
    separate();
    text_ += '"';
    text_ += name;
    text_ += "\":";
    is_first_ = true;
}

void JsonText::string(std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    separate();
    text_ += '"';
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            text_ += '\\';
            text_ += letter;
        } else if (byte < 0x20) {
            text_ += "\\u00";
            text_ += hex[byte >> 4];
            text_ += hex[byte & 15];
        } else {
            text_ += letter;
        }
    }
    text_ += '"';
}

void JsonText::raw(std::string_view json) {
    separate();
    text_ += json;
}

void JsonText::value(const Value &value) { append(value_text(), value); }

std::string &JsonText::value_text() {
    separate();
    return text_;
}

// A member in one piece: appending it in parts is most of the work of a long document.
void JsonText::columns(const Columns &columns, const Figures &figures) {
    constexpr std::size_t max_name = 64;
    char member[max_name + max_written + 4];
    for (const Column &column : columns) {
        const std::string_view name = std::string_view(column.name).substr(0, max_name);
        char *at = member;
        if (!is_first_) *at++ = ',';
        is_first_ = false;
        *at++ = '"';
        at = std::copy(name.begin(), name.end(), at);
        *at++ = '"';
        *at++ = ':';
        at = write(at, column.of(figures));
        text_.append(member, static_cast<std::size_t>(at - member));
    }
}

} // namespace roi::core::report
