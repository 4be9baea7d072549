// Lifetime counters of posts: what they have grown by since the newest snapshot becomes facts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/fact_writer.hpp"

namespace roi::store {

// Millionths in plain digits.
std::string decimal_text(std::int64_t micros);

// One of the platform's own metrics.
struct OwnMetric {
    std::string name;
    std::string quoted; // as a JSON string
};

struct Snapshot {
    std::string platform, post_id, content_type, currency; // content_type may be empty
    std::int64_t moment = 0;                               // Unix seconds
    std::int64_t stamp = 0;                                // of the fact: the start of its hour
    std::int64_t posted_at = bridge::no_moment;
    core::Measures value{}; // lifetime; increments after write()
    std::size_t reported = 0;
    std::vector<std::int64_t> metrics; // millionths, by place; likewise
    std::size_t metrics_reported = 0;
    bool is_new = true;     // after write(): false for one older than the newest known, which is left out
    bool is_change = false; // after write(): a fact was stored
};

// Use inside an SpiScope, acting as the owner, after lock_user(). Snapshots of a post come in the order of time.
class SnapshotWriter {
public:
    SnapshotWriter(const Extension &extension, std::string user_id, FactWriter &writer,
                   std::vector<OwnMetric> metrics, std::int64_t batch_id);

    // Turns the snapshots into increments and stores them; the vector must live until the writer is flushed.
    void write(std::vector<Snapshot> &snapshots);

private:
    // What is known of a post.
    struct State {
        bool is_known = false;
        bool is_touched = false;
        bool is_stored = false; // before the call
        std::string currency;   // the one its money is counted in
        std::int64_t moment = bridge::no_moment;
        core::Measures value{};
        std::vector<std::int64_t> metrics;
        std::size_t metrics_known = 0;
    };
    using Key = std::pair<std::string, std::string>; // platform, post

    void load(const std::vector<Snapshot> &snapshots);
    void advance(State &state, Snapshot &snapshot);
    void settle_currency(State &state, const Snapshot &snapshot);
    void add_fact(const Snapshot &snapshot, bool is_first);
    void save();
    std::string to_json(const std::vector<std::int64_t> &values, std::size_t which) const;

    Extension extension_;
    std::string user_id_;
    FactWriter &writer_;
    std::vector<OwnMetric> metrics_;
    std::int64_t batch_id_;       // 0: none
    std::map<Key, State> states_; // of the posts of one call, and the last one of the call before
};

} // namespace roi::store
