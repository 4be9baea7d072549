// roi_report_html() and roi_report_pdf(): the read functions' answers as a page, and as pages.
#include "report/build.hpp"
#include "report/html.hpp"
#include "report/pages.hpp"

#include "api/report_source.hpp"

#include "bridge/library.hpp"

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

// Lays the pages out here and has them drawn by the library that knows Cairo and Pango.
ROI_FUNCTION(roi_report_pdf) {
    const report::Source source = api::read_report(fcinfo);
    const report::Report report = report::build(source);
    const LibraryFunction paint(
        "$libdir/roi_ext_pdf", "roi_ext_paint", "this server lacks the part of roi_ext that draws PDF",
        "Install the Debian packages libcairo2, libpangocairo-1.0-0 and fonts-dejavu-core, and a roi_ext that was built beside "
        "libcairo2-dev and libpango1.0-dev. roi_report_html() needs none of them and prints well.");
    return paint(
        text_argument(report::lay_out(report, source.head.at(0, "created").value_or("")).bytes()).value);
}
