// Work that is done and taken back again: everything but the writing.
#pragma once

#include "bridge/error.hpp"

namespace roi::bridge {

// A subtransaction that always ends by being rolled back. SPI stays open across it; relations, locks and rows of the work
// go with it, so that objects which hold some must end before.
class Rehearsal {
public:
    Rehearsal();
    void roll_back();
    // The error, kept where the subtransaction's end does not free it.
    BackendError keep(const BackendError &error) const;

private:
    MemoryContext memory_ = CurrentMemoryContext;
    MemoryContext reports_ = CurTransactionContext; // of the transaction around
    ResourceOwner owner_ = CurrentResourceOwner;
};

template <class Work>
void rehearse(Work work) {
    Rehearsal rehearsal;
    try {
        work();
    } catch (const BackendError &error) {
        const BackendError kept = rehearsal.keep(error);
        rehearsal.roll_back();
        throw BackendError(kept);
    } catch (...) {
        rehearsal.roll_back();
        throw;
    }
    rehearsal.roll_back();
}

} // namespace roi::bridge
