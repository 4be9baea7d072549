// Pages of facts with their platform metrics, newest first: what roi_metrics_detail shows.
#pragma once

#include <string>

#include "store/range.hpp"

namespace roi::store {

// Where a page begins: behind the row (stamp, id) of its page_key. The first page begins behind the end of time.
struct FactCursor {
    TimestampTz stamp = DT_NOEND;
    int64 id = 0;
};

// Reads a page_key, "microseconds of the stamp since 2000_id"; false for anything else.
bool read_fact_cursor(const std::string &page_key, FactCursor &into);

struct FactPage {
    std::string user_id;
    Range range;
    bridge::Argument platform = bridge::null_argument(); // NULL: all
    bridge::Argument currency = bridge::null_argument(); // NULL: all
    FactCursor after;
    int32 size = 0; // at most 1000
};

// Leaves the page as the last SPI result, in the columns of roi_metrics_detail. Reads about `size` facts by the
// primary key, newest partition first, whatever the size of the table. Call inside an SpiScope.
void read_fact_page(const Extension &extension, const FactPage &page);

} // namespace roi::store
