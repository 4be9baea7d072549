// Memory between the C++ heap and the system.
#include "bridge/memory.hpp"

namespace roi::bridge {

void return_free_memory() noexcept {
#ifdef __GLIBC__
    malloc_trim(0); // glibc keeps what lies below the newest allocation
#endif
}

} // namespace roi::bridge
