// Reads the arguments that all read functions share.
#include "store/question.hpp"

namespace roi::store {

using namespace bridge;
using core::report::Moment;

ZoneClock::ZoneClock(const std::string &name) : zone_(name) {
    is_fixed_ = zone_.is_fixed(offset_);
    offset_ *= USECS_PER_SEC;
}

Moment ZoneClock::to_local(Moment moment) const {
    return is_fixed_ ? moment + offset_ : zone_.to_local(moment);
}

Moment ZoneClock::from_local(Moment local) const {
    return is_fixed_ ? local - offset_ : zone_.from_local(local);
}

std::string read_currency(FunctionCallInfo fcinfo, int number) {
    if (!has_argument(fcinfo, number)) return {};
    std::string currency = text_of(fcinfo, number);
    for (char &letter : currency)
        letter = static_cast<char>(pg_ascii_toupper(static_cast<unsigned char>(letter)));
    if (currency.size() != 3 || currency.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
        fail(ERRCODE_INVALID_PARAMETER_VALUE, "currency must be three letters",
             "It is \"" + clip(currency) + "\".", "Such as 'USD' or 'EUR'.");
    return currency;
}

Question read_question(FunctionCallInfo fcinfo, int first) {
    Question question;
    question.extension = open_extension(fcinfo);
    question.user_id = user_of(fcinfo, 0);
    authorise(question.extension, question.user_id);
    question.range = read_range(fcinfo, first);
    question.clock.emplace(question.range.time_zone);
    question.currency = read_currency(fcinfo, first + 4);
    return question;
}

core::report::Series series_of(core::report::Bucket bucket, Moment since, Moment until,
                               const ZoneClock &clock) {
    try {
        return core::report::series_of(bucket, since, until, clock);
    } catch (const BackendError &error) {
        if (error.data()->sqlerrcode == ERRCODE_DATETIME_VALUE_OUT_OF_RANGE)
            rethrow_as(error, ERRCODE_INVALID_PARAMETER_VALUE, "Ask for a range nearer to the present.");
        throw;
    }
}

} // namespace roi::store
