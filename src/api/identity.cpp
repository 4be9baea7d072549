// Who is asking: the function that every policy calls, once for each table of a statement, the checks that SQL functions begin with,
// and the channel of a user.
#include "store/access.hpp"
#include "store/notify.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

} // namespace

ROI_FUNCTION(roi_current_user_id) {
    const Oid schema = call([oid = fcinfo->flinfo->fn_oid] { return get_func_namespace(oid); });
    const Argument answer = text_or_null(store::signed_in_user(schema));
    fcinfo->isnull = answer.is_null;
    return answer.value;
}

ROI_FUNCTION(roi_require_user) {
    const store::Extension extension = store::open_extension(fcinfo);
    store::authorise(extension, user_of(fcinfo, 0));
    return Datum{0};
}

ROI_FUNCTION(roi_admit_user) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    store::authorise(extension, user_id);
    SpiScope spi;
    store::admit_user(extension, user_id);
    return Datum{0};
}

ROI_FUNCTION(roi_user_channel) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    store::authorise(extension, user_id);
    SpiScope spi;
    return text_argument(store::user_channel(extension, user_id)).value;
}
