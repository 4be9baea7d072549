// The loadable module: its magic and nothing else. The settings roi_ext.user_id, roi_ext.fact_writer and
// roi_ext.answer_memory are plain placeholders, read by SQL, store::FactWriter and api::Recall.
#include "bridge/error.hpp"

extern "C" {
ROI_MODULE_MAGIC("roi_ext", "1.1");
}
