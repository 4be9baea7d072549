// Who is asking: the function that every policy calls, once for each table of a statement.
#include "store/access.hpp"

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
