// The moment before which facts are archived: their rollups stay, nothing is written or recomputed there.
#pragma once

#include <string>

#include "store/extension.hpp"

namespace roi::store {

// The start of the oldest UTC month that still has its facts; -infinity when nothing is archived. By a snapshot of this
// moment: partitions come and go without asking any. Call inside an SpiScope.
TimestampTz archived_until(const Extension &extension);

// Raises 55000 when facts from `since` on would have to be read and some of them are archived.
void refuse_archived(const Extension &extension, TimestampTz since);

// Raises 55000 when facts of the import are archived.
void refuse_archived_import(const Extension &extension, const std::string &user_id, std::int64_t batch_id);

// Raises 55000 when an account's next hour is archived, so that it could never grow.
void refuse_archived_growth(const Extension &extension, const std::string &user_id, TimestampTz next);

// Tells by NOTICE that facts of a range that begins at `since` are archived.
void tell_archived(const Extension &extension, TimestampTz since);

} // namespace roi::store
