// Scopes for backend state that must come back on every way out: memory contexts and the acting role.
#pragma once

#include "bridge/error.hpp"

namespace roi::bridge {

// A memory context of its own for a piece of work, current while the scope lives and freed with it.
class MemoryScope {
public:
    explicit MemoryScope(const char *purpose)
        : before_(CurrentMemoryContext), own_(call([purpose] {
              // AllocSetContextCreate insists on a literal name; the identifier says the purpose.
              MemoryContext context =
                  AllocSetContextCreate(CurrentMemoryContext, "roi_ext", ALLOCSET_DEFAULT_SIZES);
              MemoryContextSetIdentifier(context, purpose);
              return context;
          })) {
        MemoryContextSwitchTo(own_);
    }
    ~MemoryScope() {
        MemoryContextSwitchTo(before_);
        MemoryContextDelete(own_); // cannot ereport: the context has no reset callbacks
    }
    MemoryScope(const MemoryScope &) = delete;
    MemoryScope &operator=(const MemoryScope &) = delete;

    // Frees what was allocated so far; MemoryContextReset cannot ereport without callbacks.
    void reset() noexcept { MemoryContextReset(own_); }

private:
    MemoryContext before_;
    MemoryContext own_;
};

// Gives free heap memory of C++ objects back to the system: after a phase with large ones, before one that fills
// memory contexts.
void return_free_memory() noexcept;

// Makes another context current while it lives.
class MemoryUse {
public:
    explicit MemoryUse(MemoryContext context) noexcept : before_(MemoryContextSwitchTo(context)) {}
    ~MemoryUse() { MemoryContextSwitchTo(before_); }
    MemoryUse(const MemoryUse &) = delete;
    MemoryUse &operator=(const MemoryUse &) = delete;

private:
    MemoryContext before_;
};

// Acts as another role, as referential integrity triggers act as the table's owner: derived rows are ours to
// write whoever the caller is. Neither function can ereport.
class RoleScope {
public:
    explicit RoleScope(Oid role) noexcept {
        GetUserIdAndSecContext(&role_, &security_);
        SetUserIdAndSecContext(role, security_ | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    }
    ~RoleScope() { SetUserIdAndSecContext(role_, security_); }
    RoleScope(const RoleScope &) = delete;
    RoleScope &operator=(const RoleScope &) = delete;

private:
    Oid role_ = InvalidOid;
    int security_ = 0;
};

} // namespace roi::bridge
