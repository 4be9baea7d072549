// roi_report_html(): the read functions' answers as a page.
#include "report/build.hpp"
#include "report/html.hpp"

#include "api/report_source.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;

std::string digest_of(const std::string &text) {
    const Argument bytes = text_argument(text);
    return text_of(call([bytes] {
        return DirectFunctionCall2(binary_encode, DirectFunctionCall1(sha256_bytea, bytes.value),
                                   PointerGetDatum(cstring_to_text("base64")));
    }));
}

} // namespace

ROI_FUNCTION(roi_report_html) {
    const report::Report report = report::build(api::read_report(fcinfo));
    return text_argument(report::write_html(report, digest_of)).value;
}
