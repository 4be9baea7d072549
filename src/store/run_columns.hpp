// Runs of several readers as the arrays of a statement.
#pragma once

#include <vector>

#include "core/report/segments.hpp"

#include "bridge/datum.hpp"

namespace roi::store {

class RunColumns {
public:
    void add(std::size_t part, const core::report::Run &run) {
        parts_.add(static_cast<std::int64_t>(part));
        grains_.push_back(CharGetDatum(static_cast<char>(run.grain)));
        since_.push_back(TimestampTzGetDatum(run.since));
        until_.push_back(TimestampTzGetDatum(run.until));
    }
    bool is_empty() const { return grains_.empty(); }
    bridge::Argument parts() const { return parts_.array(); }
    bridge::Argument grains() const { return array(grains_, CHAROID, 1, true, TYPALIGN_CHAR); }
    bridge::Argument since() const { return moments(since_); }
    bridge::Argument until() const { return moments(until_); }

private:
    static bridge::Argument array(const std::vector<Datum> &values, Oid type, int length, bool by_value,
                                  char align) {
        const Datum *const data = values.data();
        const int count = static_cast<int>(values.size());
        return bridge::call([=] {
            return bridge::Argument{PointerGetDatum(construct_array(const_cast<Datum *>(data), count, type,
                                                                    length, by_value, align)),
                                    false};
        });
    }
    static bridge::Argument moments(const std::vector<Datum> &values) {
        return array(values, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
    }

    bridge::Int64Column parts_;
    std::vector<Datum> grains_, since_, until_;
};

} // namespace roi::store
