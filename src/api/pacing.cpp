// roi_budget_pacing: each campaign's spend of a month against its budget.
#include <algorithm>
#include <map>

#include "core/analytics/pacing.hpp"
#include "core/calendar.hpp"

#include "api/analysis.hpp"
#include "store/daily_by_key.hpp"

#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using namespace roi::core::analytics;
using api::count_argument;
using api::number_argument;

constexpr std::size_t most_paced = 8 * week; // days that a projection looks back

// Days of a calendar month, since 1970-01-01, and the present one, which lies anywhere.
struct Month {
    std::int64_t first = 0, end = 0, today = 0;
    std::int64_t known_end() const { return std::clamp(today, first, end); }
};

struct Campaign {
    std::string id, name, platform, currency;
    double budget = 0;
    std::int64_t first_day = 0; // of the month
    bool is_completed = false;
    std::map<std::int64_t, std::int64_t> spend; // millionths by day
    std::int64_t before = 0;                    // spend before the month, millionths
    std::string foreign;                        // a currency of its spend that is not its own
};

Month month_of(FunctionCallInfo fcinfo, const store::ZoneClock &clock) {
    Month month;
    month.today = store::present_day(clock);
    std::int64_t day = month.today;
    if (has_argument(fcinfo, 1)) {
        const DateADT given = PG_GETARG_DATEADT(1);
        day = static_cast<std::int64_t>(given) + POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
        if (DATE_NOT_FINITE(given) || day < 0 || day >= core::days_from_civil(9999, 1, 1))
            fail(ERRCODE_INVALID_PARAMETER_VALUE, "month must lie between 1970 and 9998",
                 "Any of its days names a month.", "Leave it out for the present month.");
    }
    const core::CivilDay civil = core::civil_from_days(day);
    month.first = day - civil.day + 1;
    month.end = month.first + core::days_in_month(static_cast<int>(civil.year), civil.month);
    return month;
}

std::vector<Campaign> load_campaigns(const store::Extension &extension, const std::string &user_id,
                                     const Month &month) {
    static const Statement load{
        "SELECT c.id::text, c.name::text, c.platform::text, c.currency::text, c.budget::float8,"
        " greatest(coalesce(c.date - date '1970-01-01', $2), $2)::bigint,"
        " (coalesce(c.ongoing, '') = 'completed')::int::bigint FROM @roi@.campaign_with_user_id c"
        " WHERE c.user_id = $1 AND c.budget > 0 AND (c.date IS NULL OR c.date < date '1970-01-01' + $3) ORDER BY c.id",
        {TEXTOID, INT4OID, INT4OID}};
    const uint64 count =
        execute(load, extension.schema,
                {text_argument(user_id), int32_argument(static_cast<std::int32_t>(month.first)),
                 int32_argument(static_cast<std::int32_t>(month.end))},
                true);
    std::vector<Campaign> campaigns;
    for (uint64 row = 0; row < count; ++row) {
        Campaign campaign;
        campaign.id = result_text(row, 1);
        campaign.name = result_text(row, 2);
        campaign.platform = result_text(row, 3);
        campaign.currency = result_text(row, 4);
        campaign.budget = DatumGetFloat8(result(row, 5).value);
        campaign.first_day = result_int64(row, 6);
        campaign.is_completed = result_int64(row, 7) != 0;
        campaigns.push_back(std::move(campaign));
    }
    return campaigns;
}

// Spend from `since` to the end of the month, or to now; of the months before too where budgets are for good.
void read_spend(const store::Extension &extension, const std::string &user_id, const std::string &time_zone,
                const Month &month, bool is_total, std::vector<Campaign> &campaigns) {
    const store::ZoneClock clock(time_zone);
    std::map<std::string, Campaign *> by_id;
    std::vector<std::string> ids;
    for (Campaign &campaign : campaigns) {
        by_id[campaign.id] = &campaign;
        ids.push_back(campaign.id);
    }
    constexpr std::int64_t beginning = 0; // no fact is stamped before 1970
    const std::int64_t since =
        is_total ? beginning
                 : std::min(month.first, month.known_end() - static_cast<std::int64_t>(most_paced));
    const TimestampTz now = call([] { return GetCurrentTransactionStartTimestamp(); });
    const auto until = std::min<core::report::Moment>(store::start_of_day(month.end, clock),
                                                      store::start_of_day(month.today + 1, clock));
    for (const store::KeyDay &day : store::read_key_days(
             extension, user_id, store::KeyKind::campaign, ids,
             std::min<core::report::Moment>(store::start_of_day(since, clock), now), until, time_zone)) {
        Campaign &campaign = *by_id.at(day.key);
        const std::int64_t spend = day.sums[store::day_spend];
        if (spend == 0) continue;
        if (day.currency != campaign.currency) {
            campaign.foreign = day.currency;
            continue;
        }
        campaign.spend[day.day] += spend;
        if (day.day < month.first) campaign.before += spend;
    }
}

double units_of(std::int64_t micros) {
    return static_cast<double>(micros) / static_cast<double>(core::micros_per_unit);
}

PacingCase case_of(const Campaign &campaign, const Month &month, bool is_total, double tolerance) {
    PacingCase result;
    std::int64_t spent = 0, whole = 0;
    for (const auto &[day, spend] : campaign.spend) {
        if (day < month.first) continue;
        spent += spend;
        if (day < month.today) whole += spend;
    }
    result.spent = units_of(spent);
    result.spent_whole = units_of(whole);
    result.days = month.end - campaign.first_day;
    result.elapsed = std::clamp<std::int64_t>(month.today - campaign.first_day, 0, result.days);
    result.today = campaign.first_day + result.elapsed;
    result.budget = std::max(0.0, campaign.budget - (is_total ? units_of(campaign.before) : 0));
    result.tolerance = tolerance;
    result.is_completed = campaign.is_completed;
    // whole days from the first one with spend, gaps as 0
    const std::int64_t earliest = month.known_end() - static_cast<std::int64_t>(most_paced);
    const auto first = campaign.spend.lower_bound(earliest);
    if (first == campaign.spend.end() || result.elapsed == result.days) return result;
    result.history.first_day = first->first;
    for (std::int64_t day = first->first; day < month.today; ++day) {
        const auto found = campaign.spend.find(day);
        result.history.values.push_back(found == campaign.spend.end() ? 0 : units_of(found->second));
    }
    return result;
}

const char *note_of(const Campaign &campaign, const PacingCase &pacing_case, const Pacing &pacing) {
    if (!campaign.foreign.empty()) return "its spend is not in the currency of its budget";
    if (pacing.state != PacingState::unclear) return nullptr;
    if (pacing_case.history.values.size() < least_paced)
        return "needs seven whole days with spend for a projection";
    return "the projection misses the budget, but its interval does not tell on which side it will end";
}

void put_campaign(FunctionCallInfo fcinfo, const Campaign &campaign, const PacingCase &asked) {
    const bool is_known = campaign.foreign.empty();
    const Pacing pacing = is_known ? pace(asked) : Pacing();
    const auto known = [&](double value) { return number_argument(is_known ? value : unknown); };
    const char *const note = note_of(campaign, asked, pacing);
    put_row(fcinfo,
            {int64_argument(std::stoll(campaign.id)), text_or_null(campaign.name),
             text_or_null(campaign.platform), number_argument(asked.budget), known(asked.spent),
             known(asked.spent_whole), known(pacing.ideal), known(asked.spent_whole - pacing.ideal),
             known(pacing.projected), known(pacing.interval.lower), known(pacing.interval.upper),
             known(pacing.needed_per_day), int32_argument(static_cast<std::int32_t>(asked.elapsed)),
             int32_argument(static_cast<std::int32_t>(asked.days - asked.elapsed)), count_argument(pacing.n),
             is_known && name_of(pacing.state) != nullptr ? text_argument(name_of(pacing.state))
                                                          : null_argument(),
             note == nullptr ? null_argument() : text_argument(note), text_argument(campaign.currency)});
}

} // namespace

// Arguments: user_id, month, budget_is, tolerance, time_zone.
ROI_FUNCTION(roi_budget_pacing) {
    const store::Extension extension = store::open_extension(fcinfo);
    const std::string user_id = user_of(fcinfo, 0);
    store::authorise(extension, user_id);
    const bool is_total = api::word_argument(fcinfo, 2, "budget_is", "month total") == 1;
    const double tolerance = api::inner_argument(fcinfo, 3, "tolerance", 0, 100) / 100;
    const std::string time_zone = store::required_text(fcinfo, 4, "time_zone");
    const store::ZoneClock clock(time_zone);
    const Month month = month_of(fcinfo, clock);
    open_result(fcinfo);
    SpiScope spi;
    std::vector<Campaign> campaigns = load_campaigns(extension, user_id, month);
    read_spend(extension, user_id, time_zone, month, is_total, campaigns);
    for (const Campaign &campaign : campaigns)
        put_campaign(fcinfo, campaign, case_of(campaign, month, is_total, tolerance));
    return Datum{0};
}
