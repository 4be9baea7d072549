// What every read function is asked: whose facts, which range on which calendar, which currency.
#pragma once

#include <optional>
#include <string>

#include "core/report/series.hpp"

#include "store/range.hpp"

#include "bridge/zone.hpp"

namespace roi::store {

// A zone's wall clock for the core; zones of one offset need no look into their rules.
class ZoneClock final : public core::report::Clock {
public:
    explicit ZoneClock(const std::string &name);
    core::report::Moment to_local(core::report::Moment moment) const override;
    core::report::Moment from_local(core::report::Moment local) const override;
    bool is_fixed() const { return is_fixed_; } // one offset for all time

private:
    bridge::Zone zone_;
    std::int64_t offset_ = 0;
    bool is_fixed_ = false;
};

struct Question {
    Extension extension;
    std::string user_id;
    Range range;
    std::string currency; // empty: none asked for
    std::optional<ZoneClock> clock;
};

// Arguments: user_id, and in order period, since, until, time_zone, currency from number `first` on.
// Errors: as read_range, 22004 no user, 22023 malformed currency, 42501 another user.
Question read_question(FunctionCallInfo fcinfo, int first = 1);

// The argument `number` as the code of a currency, empty for NULL. Raises 22023.
std::string read_currency(FunctionCallInfo fcinfo, int number);

// The buckets of a range; one that is too long or too far off raises 22023.
core::report::Series series_of(core::report::Bucket bucket, core::report::Moment since,
                               core::report::Moment until, const ZoneClock &clock);

} // namespace roi::store
