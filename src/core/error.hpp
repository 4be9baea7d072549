// The one exception type that the pure core throws; the bridge turns its fault into an SQLSTATE.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace roi::core {

enum class Fault {
    invalid_argument, // a parameter is out of its domain (22023)
    out_of_range,     // a number does not fit its type (22003)
    bad_file,         // a file is not of a shape we can read (22P04)
    bad_encoding,     // bytes are not valid text (22021)
    too_large,        // an input passes a documented limit (54000)
    too_little,       // the data cannot bear the answer (PT422)
    corrupt,          // stored bytes are not what we wrote (XX001)
};

// Carries what a user needs to mend the input: what happened, the particulars, and what to do.
class Error : public std::runtime_error {
public:
    Error(Fault fault, const std::string &message, std::string detail = {}, std::string hint = {})
        : std::runtime_error(message), fault_(fault), detail_(std::move(detail)), hint_(std::move(hint)) {}

    Fault fault() const noexcept { return fault_; }
    const std::string &detail() const noexcept { return detail_; }
    const std::string &hint() const noexcept { return hint_; }

private:
    Fault fault_;
    std::string detail_;
    std::string hint_;
};

} // namespace roi::core
