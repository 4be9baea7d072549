// Where a long text is written: its final place, which may belong to the server.
#pragma once

#include <cstddef>
#include <string>

#include "core/seal.hpp"

namespace roi::core::report {

class TextMemory {
public:
    TextMemory() = default;
    virtual ~TextMemory() = default;
    TextMemory(const TextMemory &) = delete;
    TextMemory &operator=(const TextMemory &) = delete;
    // Room for `room` bytes, which begin with the first `used` of before.
    virtual char *grow(std::size_t used, std::size_t room) = 0;
};

// A text of our own.
class StringMemory final : public TextMemory {
public:
    char *grow(std::size_t, std::size_t room) override {
        text_.resize(room);
        return text_.data();
    }

private:
    std::string text_;
};

} // namespace roi::core::report
