// What a crontab line names next.
#include "core/schedule/crontab.hpp"

#include "bridge/datum.hpp"

using namespace roi;
using namespace roi::bridge;

namespace {

constexpr std::int64_t micros_per_minute = 60000000;
constexpr std::int64_t epoch_minutes =
    10957LL * 1440; // 2000-01-01, from which PostgreSQL counts, since 1970-01-01

} // namespace

// Arguments: schedule, after (timestamp of the schedule's own clock). NULL when the line is no crontab or never comes.
ROI_FUNCTION(roi_next_run) {
    if (has_argument(fcinfo, 0) && has_argument(fcinfo, 1) && !TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMP(1))) {
        const auto crontab = core::Crontab::parse(text_of(fcinfo, 0));
        const std::int64_t after = PG_GETARG_TIMESTAMP(1) / micros_per_minute + epoch_minutes;
        if (const auto next = crontab ? crontab->next_after(after) : std::optional<std::int64_t>())
            return TimestampGetDatum((*next - epoch_minutes) * micros_per_minute);
    }
    fcinfo->isnull = true;
    return Datum{0};
}
