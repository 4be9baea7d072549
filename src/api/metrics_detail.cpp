// roi_metrics_detail: the facts themselves with their platform metrics, page by page.
#include "store/question.hpp" // with headers of the core, before those that bring the bridge

#include "api/paging.hpp"
#include "store/archive.hpp"
#include "store/fact_pages.hpp"

#include "bridge/memory.hpp"

using namespace roi;
using namespace roi::bridge;

// Arguments: user_id, period, since, until, time_zone, currency, platform, page_size, after.
ROI_FUNCTION(roi_metrics_detail) {
    const store::Question question = store::read_question(fcinfo);
    store::FactPage page;
    page.user_id = question.user_id;
    page.range = question.range;
    page.currency = text_or_null(question.currency);
    if (has_argument(fcinfo, 6)) page.platform = text_argument(text_of(fcinfo, 6));
    page.size = api::page_size_of(fcinfo, 7);
    const std::string after = text_of(fcinfo, 8);
    if (has_argument(fcinfo, 8) && !store::read_fact_cursor(after, page.after))
        api::fail_page_key(after, "The rows go by moment and id.");
    open_result(fcinfo);
    SpiScope spi;
    store::tell_archived(question.extension, page.range.since);
    store::read_fact_page(question.extension, page);
    put_spi_rows(fcinfo);
    return Datum{0};
}
