// The loadable module: its magic and nothing else. The setting roi_ext.user_id is a plain placeholder, read by SQL.
#include "bridge/error.hpp"

extern "C" {
ROI_MODULE_MAGIC("roi_ext", "1.1");
}
