// Civil time to UTC by pg_tz.
#include "bridge/zone.hpp"

namespace roi::bridge {
namespace {

[[noreturn]] void fail_out_of_range() {
    ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
    pg_unreachable();
}

} // namespace

Zone::Zone(const std::string &name) {
    const char *const text = name.c_str();
    zone_ = name.size() > TZ_STRLEN_MAX ? nullptr : call([text] { return pg_tzset(text); });
    // POSIX rules such as ABC+167 are zones to PostgreSQL; no clock on earth is more than 15 hours off.
    if (zone_ == nullptr || !call([zone = zone_] { return pg_tz_acceptable(zone); }) ||
        std::abs(to_utc(0)) > std::int64_t{15} * SECS_PER_HOUR)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "time zone \"" + clip(name) + "\" not recognized",
             "It is no zone of this server.",
             "Name a zone of pg_timezone_names, such as UTC or Europe/Berlin.");
}

std::int64_t Zone::to_utc(std::int64_t civil_seconds) const {
    pg_tz *const zone = zone_;
    return call([=] {
        struct pg_tm tm;
        fsec_t fraction = 0;
        if (timestamp2tm(timestamp_of(civil_seconds), nullptr, &tm, &fraction, nullptr, nullptr) != 0)
            fail_out_of_range();
        return civil_seconds + DetermineTimeZoneOffset(&tm, zone);
    });
}

Timestamp Zone::to_local(TimestampTz moment) const {
    pg_tz *const zone = zone_;
    return call([=] {
        int offset = 0;
        struct pg_tm tm;
        fsec_t fraction = 0;
        const char *abbreviation = nullptr;
        Timestamp local = 0;
        if (timestamp2tm(moment, &offset, &tm, &fraction, &abbreviation, zone) != 0 ||
            tm2timestamp(&tm, fraction, nullptr, &local) != 0)
            fail_out_of_range();
        return local;
    });
}

TimestampTz Zone::from_local(Timestamp local) const {
    pg_tz *const zone = zone_;
    return call([=] {
        struct pg_tm tm;
        fsec_t fraction = 0;
        TimestampTz moment = 0;
        if (timestamp2tm(local, nullptr, &tm, &fraction, nullptr, nullptr) != 0) fail_out_of_range();
        int offset = DetermineTimeZoneOffset(&tm, zone);
        if (tm2timestamp(&tm, fraction, &offset, &moment) != 0) fail_out_of_range();
        return moment;
    });
}

bool Zone::is_fixed(std::int64_t &seconds_east) const {
    long offset = 0;
    if (!call([zone = zone_, &offset] { return pg_get_timezone_offset(zone, &offset); })) return false;
    seconds_east = offset;
    return true;
}

} // namespace roi::bridge
