// Dashboards that this session has made and that hold still: what they were made of is as it was.
#pragma once

#include <optional>
#include <string>

#include "core/report/series.hpp"

#include "store/answer_version.hpp"
#include "store/question.hpp"

namespace roi::api {

// The part of the JSON that does not name the moment of asking, and what the rest needs.
struct Document {
    std::string head;
    core::report::Bucket bucket = core::report::Bucket::day;
    bool is_simulated = false;
};

// One question to the session's memory. The setting roi_ext.answer_memory bounds it (a size such as '8MB', the default; 0 keeps
// nothing).
class Recall {
public:
    // Raises 22023 for a setting that is no size.
    explicit Recall(const store::Question &question);

    // What is known and still true of the question, else nullptr.
    const Document *find() const;
    // Keeps what was read by the snapshot of find(): an answer that was made of whole cells in one currency.
    void keep(Document document);

private:
    std::size_t room_ = 0;
    std::string key_; // empty: nothing can be remembered
    std::optional<store::AnswerVersion> version_;
};

} // namespace roi::api
