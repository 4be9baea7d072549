// Looks read functions up in the catalogue, so that every new one can be exported as it stands.
#include "store/read_functions.hpp"

#include <algorithm>

namespace roi::store {

using namespace bridge;

namespace {

// As roi_level_routines() knows a client's functions by what they are; JSON documents and single values are no rows.
#define ROI_READ_FUNCTIONS                                                                                   \
    "FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass "   \
    "AND d.objid = p.oid AND d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::regclass "        \
    "AND d.refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'roi_ext') "                  \
    "WHERE p.prokind = 'f' AND p.provolatile <> 'v' AND p.proretset AND p.proargnames[1] = 'user_id' "       \
    "AND p.prorettype = 'pg_catalog.record'::regtype AND p.proname LIKE 'roi\\_%' AND p.proname <> "         \
    "'roi_verify' AND pg_catalog.obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal%' "

const Statement find_parameters{
    "SELECT p.proname::text, p.proargnames[a.place]::text, pg_catalog.format_type(a.type, NULL) "
    "FROM (SELECT p.* " ROI_READ_FUNCTIONS "AND p.proname = $1) p, "
    "LATERAL pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, place) ORDER BY a.place",
    {TEXTOID}};
const Statement list_functions{
    "SELECT pg_catalog.string_agg(pg_catalog.substr(p.proname, 5), ', ' ORDER BY p.proname) " ROI_READ_FUNCTIONS,
    {}};

std::string quoted(const std::string &name) {
    const char *const text = name.c_str();
    return call([text] { return quote_identifier(text); });
}

std::string schema_of(const Extension &extension) {
    return quoted(call([schema = extension.schema] { return get_namespace_name(schema); }));
}

} // namespace

bool ReadFunction::takes(const std::string &parameter) const {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Parameter &own) { return own.name == parameter; });
}

ReadFunction find_read_function(const Extension &extension, const std::string &name) {
    ReadFunction function{"roi_" + name, {}};
    const uint64 count =
        execute(find_parameters, extension.schema, {text_argument(clip(function.name))}, true);
    for (uint64 i = 0; i < count; ++i)
        function.parameters.push_back({result_text(i, 2), result_text(i, 3)});
    if (count > 0) return function;
    execute(list_functions, extension.schema, {}, true);
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "report \"" + clip(name) + "\" is not known",
         "It names a read function that answers in rows, without its roi_.",
         "One of " + result_text(0, 1) + ".");
}

ReadCall call_of(const Extension &extension, const ReadFunction &function,
                 const std::vector<Passed> &passed) {
    ReadCall result;
    result.sql = "SELECT * FROM " + schema_of(extension) + "." + quoted(function.name) + "(";
    for (const ReadFunction::Parameter &parameter : function.parameters) {
        const auto given = std::find_if(passed.rbegin(), passed.rend(),
                                        [&](const Passed &one) { return one.name == parameter.name; });
        if (given == passed.rend()) continue;
        result.types.push_back(given->type);
        result.arguments.push_back(given->value);
        if (result.types.size() > 1) result.sql += ", ";
        result.sql +=
            quoted(parameter.name) + " => $" + std::to_string(result.types.size()) + "::" + parameter.type;
    }
    result.sql += ")";
    return result;
}

} // namespace roi::store
