// Generates the missing hours of one simulated account: publishes posts, draws their hours, writes facts and totals.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "store/accounts.hpp"
#include "store/fact_writer.hpp"

namespace roi::api {

struct Generated {
    std::int64_t hours = 0;     // whole hours of the account that were missing
    std::int64_t posts = 0;     // post-hours written: rows of roi_metrics
    std::int64_t published = 0; // posts published in those hours
};

// Generates accounts together, so that small ones share chunks of facts and of sums. Inside an SpiScope, acting as the owner, with
// the users' states locked.
class Generator {
public:
    Generator(const store::Extension &extension, const std::map<std::string, store::Platform> &platforms);
    ~Generator();
    Generator(const Generator &) = delete;
    Generator &operator=(const Generator &) = delete;

    // Brings the account up to `until_hour` (exclusive). Hours before account.generated_until are left alone, so that a
    // second call adds nothing. The user's tables follow with settle().
    Generated add(store::Account &account, std::int64_t until_hour);
    bool is_full() const; // settle() before the next account: memory
    void settle();        // what follows from the accounts added so far
    void finish();        // settle() at the end, which closes what is open

private:
    struct Job;
    struct Tables;

    Tables &tables();

    bool load_few(Job &job, std::int64_t from);
    void draw_hours(Job &job, std::int64_t from, std::int64_t until);
    void draw_posts(Job &job, std::int64_t from, std::int64_t until, bool at_once);

    const store::Extension &extension_;
    const std::map<std::string, store::Platform> &platforms_;
    store::FactWriter writer_;
    MemoryContext home_ = CurrentMemoryContext; // lives as long as the generator
    std::unique_ptr<Tables> tables_;            // open between settle() and settle()
    std::deque<Job> jobs_;
    std::int64_t settled_ = 0; // rows of accounts that are settled
};

// One account alone.
Generated generate(const store::Extension &extension, const std::map<std::string, store::Platform> &platforms,
                   store::Account &account, std::int64_t until_hour);

} // namespace roi::api
