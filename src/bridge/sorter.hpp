// Sorts byte strings in bounded memory: what does not fit goes to temporary files of the server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/error.hpp"

struct Tuplesortstate;
struct TupleTableSlot;

namespace roi::bridge {

// Add everything, sort(), then read with next(). Call close() at the end; when an exception leaves the sorter open, it
// must leave the SQL function too: the abort releases files and memory.
class ByteSorter {
public:
    explicit ByteSorter(int work_kilobytes);
    ~ByteSorter() = default;
    ByteSorter(const ByteSorter &) = delete;
    ByteSorter &operator=(const ByteSorter &) = delete;

    void add(std::string_view bytes);
    void sort();
    // The next one in the order of bytes; false at the end.
    bool next(std::string &bytes);
    void close();

    std::int64_t count() const noexcept { return count_; }

private:
    Tuplesortstate *state_ = nullptr;
    TupleTableSlot *given_ = nullptr, *found_ = nullptr;
    std::string buffer_;
    std::int64_t count_ = 0;
};

} // namespace roi::bridge
