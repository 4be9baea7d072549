// Long lists go to the database in chunks, so that memory stays bounded whatever the size of a file or an account.
#pragma once

#include <algorithm>
#include <cstddef>

#include "bridge/memory.hpp"

namespace roi::store {

constexpr std::size_t chunk_rows = 4096; // rows of one set-based statement

// Calls work(first, count) for one chunk of a list after the other, each in a memory context of its own.
template <class Work>
void in_chunks(const char *purpose, std::size_t size, Work work) {
    for (std::size_t first = 0; first < size; first += chunk_rows) {
        bridge::check_interrupts();
        bridge::MemoryScope memory(purpose);
        work(first, std::min(chunk_rows, size - first));
    }
}

} // namespace roi::store
