// Maintenance as the tables' owner, for operators: a month is archived only when its rollups equal its facts.
#include "core/rollup/sums.hpp"

#include "store/archive.hpp"
#include "store/rollup_rebuild.hpp"
#include "store/rollup_verify.hpp"

#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

// One maintenance at a time; the lock goes with the transaction.
void lock_maintenance(const store::Extension &extension) {
    static const Statement lock{"SELECT pg_advisory_xact_lock(hashtext('roi_maintain'), $1::integer)",
                                {INT8OID}};
    execute(lock, extension.schema, {int64_argument(static_cast<std::int32_t>(extension.schema))}, false);
}

// Raises 55000 when something derived from facts before the moment differs from them: it could not be mended afterwards.
void require_sealed(const store::Extension &extension, core::rollup::Moment until) {
    std::string user;
    const auto refuse = [&](const store::Difference &found) {
        fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "months to be archived differ from their facts",
             "In " + found.table + ", column " + found.column + " and perhaps more; roi_verify() lists them.",
             "SELECT roi_rebuild(); and look for what wrote around the triggers.");
    };
    while (store::next_user(extension, false, user))
        store::verify_user(extension, user, DT_NOBEGIN, until, refuse);
}

} // namespace

// Arguments: step, moment, archive.
ROI_FUNCTION(roi_maintain_step) {
    static const Statement run{"SELECT what, at, rows FROM @roi@.roi_maintenance($1, $2, $3)",
                               {TEXTOID, TIMESTAMPTZOID, TEXTOID}};
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise_operator(extension);
    const std::string step = text_of(fcinfo, 0);
    const bool has_moment = has_argument(fcinfo, 1);
    const TimestampTz moment = has_moment ? PG_GETARG_TIMESTAMPTZ(1) : 0;
    open_result(fcinfo);
    SpiScope spi;
    RoleScope owner(extension.owner);
    lock_maintenance(extension);
    if (step == "archive" && has_moment) require_sealed(extension, moment);
    execute(run, extension.schema,
            {text_argument(step), has_moment ? Argument{TimestampTzGetDatum(moment), false} : null_argument(),
             text_argument(text_of(fcinfo, 2))},
            false);
    put_spi_rows(fcinfo);
    return Datum{0};
}
