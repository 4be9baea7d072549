// Who is asking: the function that every policy calls, once for each table of a statement.
#include "bridge/datum.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

// What auth.jwt() of Supabase says; empty where there is no such function.
std::string subject_of_supabase(FunctionCallInfo fcinfo) {
    static const Statement ask{"SELECT auth.jwt() ->> 'sub'", {}};
    const bool exists = call([] {
        if (!OidIsValid(get_namespace_oid("auth", true))) return false; // spares parsing the name
        LOCAL_FCINFO(look_up, 1);
        InitFunctionCallInfoData(*look_up, nullptr, 1, InvalidOid, nullptr, nullptr);
        look_up->args[0] = {PointerGetDatum(cstring_to_text("auth.jwt()")), false};
        to_regprocedure(look_up);
        return !look_up->isnull;
    });
    if (!exists) return {};
    const Oid schema = call([oid = fcinfo->flinfo->fn_oid] { return get_func_namespace(oid); });
    SpiScope spi;
    execute(ask, schema, {}, true);
    return result_text(0, 1);
}

// A setting, or empty where it is not set. The text lives as long as the memory context.
const char *setting(const char *name) {
    return call([name] {
        const char *const value = GetConfigOptionByName(name, nullptr, true);
        return value == nullptr ? "" : value;
    });
}

// The member "sub" of the claims that PostgREST puts into a setting.
std::string subject_of_claims() {
    const char *const claims = setting("request.jwt.claims");
    if (*claims == '\0') return {};
    const char *const subject = call([claims]() -> const char * {
        LOCAL_FCINFO(member, 2);
        InitFunctionCallInfoData(*member, nullptr, 2, InvalidOid, nullptr, nullptr);
        member->args[0] = {DirectFunctionCall1(json_in, CStringGetDatum(claims)), false};
        member->args[1] = {PointerGetDatum(cstring_to_text("sub")), false};
        const Datum found = json_object_field_text(member);
        return member->isnull ? "" : TextDatumGetCString(found);
    });
    return subject;
}

} // namespace

ROI_FUNCTION(roi_current_user_id) {
    std::string subject = subject_of_supabase(fcinfo);
    if (subject.empty()) subject = subject_of_claims();
    if (subject.empty()) subject = setting("roi_ext.user_id");
    const Argument answer = text_or_null(subject);
    fcinfo->isnull = answer.is_null;
    return answer.value;
}
