// Time zones through PostgreSQL's own rules and data.
#pragma once

#include <cstdint>
#include <string>

#include "bridge/datum.hpp"

namespace roi::bridge {

// A named time zone. Raises 22023 with a hint for a name that PostgreSQL does not know.
class Zone {
public:
    explicit Zone(const std::string &name);

    // Civil time of the zone, as seconds since 1970-01-01 00:00 there, to Unix seconds. Hours that a clock change
    // skips or repeats are read as PostgreSQL reads them.
    std::int64_t to_utc(std::int64_t civil_seconds) const;

    // The wall clock of the zone at a moment, and the moment of a wall clock; both to the microsecond.
    Timestamp to_local(TimestampTz moment) const;
    TimestampTz from_local(Timestamp local) const;

    // True for zones that have had one offset from UTC at all times: the seconds east of it.
    bool is_fixed(std::int64_t &seconds_east) const;

private:
    pg_tz *zone_;
};

} // namespace roi::bridge
