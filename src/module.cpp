// The loadable module: its magic and nothing else. The settings roi_ext.user_id and roi_ext.fact_writer are plain
// placeholders, read by SQL and by store::FactWriter.
#include "bridge/error.hpp"

extern "C" {
ROI_MODULE_MAGIC("roi_ext", "1.1");
}
