// Reads the sums of a range by platform, currency, campaign, content type and post: months inside, days at the edges,
// facts for the days that the range cuts.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rollup/sums.hpp"

#include "store/cell_reader.hpp"
#include "store/range.hpp"

namespace roi::store {

// One row of roi_rollup_detail, or the same made from the facts of a part of a day. The views live during the call
// that hands it over.
struct DetailCell {
    core::rollup::Moment bucket = 0;
    std::string_view platform;
    std::string_view currency;
    std::string_view content_type;
    std::int64_t campaign_id = 0;
    std::int64_t post_no = 0;
    core::rollup::DetailSums sums{};
};

using TakeDetail = std::function<void(const DetailCell &)>;

class StoredCells; // whole rows of roi_rollup_detail

// Use inside an SpiScope; cells come in no order and as the caller may see them. `take` must not call the backend.
class DetailReader {
public:
    DetailReader(const Extension &extension, std::string user_id, const Range &range);

    // Every cell in its own currency.
    void read(const TakeDetail &take) const;

    // Money of other currencies converted by the newest rate of the cell's UTC day or before, rounded per cell and day
    // to a millionth. Raises 22023 naming currency and day where a rate is missing.
    void read_in(const std::string &currency, const TakeDetail &take) const;

private:
    // [since, until) of months ('m'), days ('d') or facts within one day ('f').
    struct Run {
        char grain;
        TimestampTz since;
        TimestampTz until;
    };

    bool has_facts(CellReader &quarters, TimestampTz since, TimestampTz until) const;
    void widen(CellReader &quarters, TimestampTz &since, TimestampTz &until) const;
    void plan(CellReader &quarters, TimestampTz since, TimestampTz until);
    void read_whole(StoredCells &stored, const Run &run, const TakeDetail &take) const;
    void read_part(StoredCells &stored, const Run &run, const TakeDetail &take) const;
    void add_run(char grain, TimestampTz since, TimestampTz until);
    void read_run(const Run &run, const bridge::Statement &statement, const bridge::Argument &target,
                  const bridge::Argument &is_target, const TakeDetail &take) const;

    Extension extension_;
    std::string user_id_;
    std::vector<Run> runs_;
};

} // namespace roi::store
