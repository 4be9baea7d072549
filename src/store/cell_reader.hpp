// Rows of roi_rollup as the caller sees them: through the table's key where no policy hides one, else by statements.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/report/tally.hpp"

#include "store/extension.hpp"

#include "bridge/key_scan.hpp"

namespace roi::store {

// A run, and whose it is.
using PartRun = std::pair<std::size_t, core::report::Run>;
using TakeCell = std::function<void(std::size_t part, const core::report::Cell &cell)>;
// Answers false when it has had enough.
using TakeTail = std::function<bool(core::report::Moment bucket, bool is_whole)>;

// Use inside an SpiScope. Sinks must not call the backend. Call close() at the end, as of a KeyScan.
class CellReader {
public:
    CellReader(const Extension &extension, const std::string &user_id);
    void close() { table_.close(); }

    void read(const std::vector<PartRun> &runs, const TakeCell &take);
    // Quarters of a run in the order of time, and whether all their facts are stamped at their start.
    void read_tail(const core::report::Run &run, const TakeTail &take);
    // The first or the last quarter of all; false when there is none.
    bool find_end(bool first, core::report::Moment &bucket);

private:
    void read_directly(const core::report::Run &run, const bridge::BlockSink &sink);
    void scan(std::vector<PartRun> runs, const TakeCell &take);
    void read_statement(const PartRun &run, const TakeCell &take);
    void read_statements(const std::vector<PartRun> &runs, const TakeCell &take);

    const Extension &extension_;
    bridge::Argument user_;
    bridge::KeyScan table_;
    bool is_direct_;
};

} // namespace roi::store
