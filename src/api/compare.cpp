// roi_compare(): a range against an earlier one, both read in one statement.
#include "core/report/compare.hpp"

#include "api/answer.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
using namespace roi::core::report;

Comparison read_mode(FunctionCallInfo fcinfo, int number) {
    const std::string name = store::required_text(fcinfo, number, "mode");
    Comparison mode;
    if (!mode_from(name, mode))
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "mode \"" + clip(name) + "\" is not known",
             "It says which range the given one is held against.",
             "Use 'previous', 'year_ago' or 'like_for_like'.");
    return mode;
}

api::Bounds base_range(const store::Question &question, Comparison mode) {
    const store::Range &range = question.range;
    const store::ZoneClock &clock = *question.clock;
    if (range.since == no_begin || range.until == no_end)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "a range without a bound has none before it",
             "Both ends of the range must be finite.", "Pass since and until, or a period such as '30d'.");
    if (mode == Comparison::previous && !range.period.empty())
        return {store::period_start(range.period, range.since, range.time_zone), range.since};
    try {
        const LocalRange base = base_of(mode, {clock.to_local(range.since), clock.to_local(range.until)});
        return {first_moment(base.since, clock), first_moment(base.until, clock)};
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE)
            rethrow_as(error, ERRCODE_INVALID_PARAMETER_VALUE, "Ask for a range nearer to the present.");
        throw;
    }
}

} // namespace

// Further argument: mode.
ROI_FUNCTION(roi_compare) {
    store::Question question = store::read_question(fcinfo);
    const api::Bounds base = base_range(question, read_mode(fcinfo, 6));
    open_result(fcinfo);
    SpiScope spi;
    api::Answer answer(std::move(question));
    Tally before(base.since, base.until, answer.currencies());
    answer.read({&before});
    const Figures now = answer.tally().total(), then = before.total();
    const auto moment = [](Moment at) { return Argument{TimestampTzGetDatum(at), false}; };
    for (const Column &column : compare_columns()) {
        const Value current = column.of(now), earlier = column.of(then);
        const Change change = change_of(current, earlier);
        put_row(fcinfo, {text_argument(column.name), store::numeric_of(current), store::numeric_of(earlier),
                         store::numeric_of(change.change), store::numeric_of(change.percent),
                         moment(answer.question().range.since), moment(answer.question().range.until),
                         moment(base.since), moment(base.until), answer.currency_argument()});
    }
    return Datum{0};
}
