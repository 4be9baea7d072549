// A library of its own, roi_ext_pdf: the only one that needs Cairo and Pango, loaded when the first PDF is asked for.
#include "pdf/painter.hpp"

#include "bridge/error.hpp"

extern "C" {
ROI_MODULE_MAGIC("roi_ext_pdf", "1.1");
}

namespace {

using namespace roi;
using namespace roi::bridge;

} // namespace

// Takes a drawing, returns a PDF; roi_report_pdf() calls it, SQL does not know it.
ROI_FUNCTION(roi_ext_paint) {
    const auto *const drawing = reinterpret_cast<const struct varlena *>(PG_GETARG_POINTER(0));
    const std::string bytes =
        pdf::paint({VARDATA_ANY(drawing), VARSIZE_ANY_EXHDR(drawing)}, [] { check_interrupts(); });
    const char *const source = bytes.data();
    const std::size_t size = bytes.size();
    return call(
        [source, size] { return PointerGetDatum(cstring_to_text_with_len(source, static_cast<int>(size))); });
}
