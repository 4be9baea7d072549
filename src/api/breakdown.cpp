// roi_campaign_performance, roi_content_performance, roi_top_posts: a range by campaign, content type or post.
#include <algorithm>
#include <map>

#include "core/breakdown/page.hpp"
#include "core/report/columns.hpp"
#include "core/report/series.hpp"

#include "api/paging.hpp"
#include "store/detail_reader.hpp"
#include "store/question.hpp"
#include "store/report_row.hpp"

#include "bridge/memory.hpp"

namespace {

using namespace roi;
using namespace roi::bridge;
namespace breakdown = core::breakdown;

enum class By { campaign, content, post };

// What is asked, beyond the range: arguments 6 to 8.
struct Wish {
    breakdown::Measure order = breakdown::revenue;
    std::size_t page_size = 0;
    bool has_after = false;
    breakdown::Cursor after;
};

bool has_column(By by, std::size_t measure) { return by != By::post || measure != breakdown::posts; }

breakdown::Measure order_of(FunctionCallInfo fcinfo, int number, By by) {
    if (!has_argument(fcinfo, number))
        fail(ERRCODE_NULL_VALUE_NOT_ALLOWED, "order_by must not be NULL",
             "It names the measure that orders the rows.", "Leave it out for its default.");
    const std::string name = text_of(fcinfo, number);
    std::string known;
    for (std::size_t i = 0; i < breakdown::measure_count; ++i) {
        const auto measure = static_cast<breakdown::Measure>(i);
        if (!has_column(by, measure)) continue;
        if (name == breakdown::name_of(measure)) return measure;
        known += std::string(known.empty() ? "" : ", ") + breakdown::name_of(measure);
    }
    fail(ERRCODE_INVALID_PARAMETER_VALUE, "order_by \"" + clip(name) + "\" is no measure",
         "Rows are ordered by one of their measures.", "Use one of " + known + ".");
}

Wish read_wish(FunctionCallInfo fcinfo, By by) {
    Wish wish;
    wish.order = order_of(fcinfo, 6, by);
    wish.page_size = static_cast<std::size_t>(api::page_size_of(fcinfo, 7));
    wish.has_after = has_argument(fcinfo, 8);
    const std::string after = text_of(fcinfo, 8);
    if (wish.has_after && !breakdown::read_page_key(after, wish.order, wish.after))
        api::fail_page_key(after, std::string("The rows go by ") + breakdown::name_of(wish.order) + ".");
    return wish;
}

store::TakeDetail adder(breakdown::Ledger &ledger, By by) {
    return [&ledger, by, key = breakdown::Key()](const store::DetailCell &cell) mutable {
        key.number = by == By::campaign ? cell.campaign_id : by == By::post ? cell.post_no : 0;
        key.text = by == By::content ? cell.content_type
                   : by == By::post  ? cell.platform
                                     : std::string_view();
        ledger.add(key, cell.currency, cell.post_no, cell.sums);
    };
}

bool needs_rates(const breakdown::Ledger &ledger, const std::string &currency) {
    return std::any_of(ledger.currencies().begin(), ledger.currencies().end(),
                       [&](const auto &known) { return known.second && known.first != currency; });
}

// Adds up the range in the currency to answer in, and says which that is.
std::string add_up(const store::DetailReader &reader, By by, const std::string &asked,
                   breakdown::Ledger &ledger) {
    reader.read(adder(ledger, by));
    std::string currency = asked.empty() ? ledger.only_currency() : asked;
    if (needs_rates(ledger, currency)) {
        ledger = breakdown::Ledger();
        reader.read_in(currency, adder(ledger, by));
    }
    return currency;
}

// What a table of ours knows of the keys of a page: columns of its row, by key.
using Known = std::map<std::pair<std::int64_t, std::string>, std::vector<Argument>>;

// Rows of a statement over ($1 user, $2 numbers), whose first two columns are the key; the others are kept.
Known look_up(const Statement &statement, const store::Extension &extension, const std::string &user_id,
              const std::vector<breakdown::Row> &page, int columns) {
    Int64Column numbers;
    for (const breakdown::Row &row : page)
        numbers.add(row.key.number);
    const uint64 count =
        execute(statement, extension.schema, {text_argument(user_id), numbers.array()}, true);
    Known known;
    for (uint64 row = 0; row < count; ++row) {
        std::vector<Argument> &values = known[{result_int64(row, 1), result_text(row, 2)}];
        for (int column = 3; column < 3 + columns; ++column)
            values.push_back(result(row, column));
    }
    return known;
}

// The columns that stand before the measures. Their values live until the next statement.
class Heading {
public:
    Heading(By by, const store::Extension &extension, const std::string &user_id,
            const std::vector<breakdown::Row> &page)
        : by_(by) {
        static const Statement campaigns{
            "SELECT id, NULL::text, name::text FROM @roi@.campaign_with_user_id WHERE user_id = $1 AND id = ANY($2)",
            {TEXTOID, INT8ARRAYOID}};
        static const Statement posts{
            "SELECT post_no::bigint, platform::text, post_id::text, content_type::text, content_category::text,"
            " campaign_id, posted_at FROM @roi@.roi_posts WHERE user_id = $1 AND post_no = ANY($2)",
            {TEXTOID, INT8ARRAYOID}};
        if (by == By::campaign) known_ = look_up(campaigns, extension, user_id, page, 1);
        if (by == By::post) known_ = look_up(posts, extension, user_id, page, 5);
    }

    std::vector<Argument> of(const breakdown::Key &key) const {
        if (by_ == By::content) return {text_or_null(key.text)};
        const auto found = known_.find({key.number, key.text});
        const std::vector<Argument> nothing(by_ == By::post ? 5 : 1, null_argument());
        std::vector<Argument> columns = found == known_.end() ? nothing : found->second;
        if (by_ == By::post)
            columns.insert(columns.begin() + 1, text_argument(key.text));
        else
            columns.insert(columns.begin(), key.number == 0 ? null_argument() : int64_argument(key.number));
        return columns;
    }

private:
    By by_;
    Known known_;
};

Datum answer(FunctionCallInfo fcinfo, By by) {
    const store::Question question = store::read_question(fcinfo);
    const Wish wish = read_wish(fcinfo, by);
    open_result(fcinfo);
    SpiScope spi;
    breakdown::Ledger ledger;
    const std::string currency =
        add_up(store::DetailReader(question.extension, question.user_id, question.range), by,
               question.currency, ledger);
    if (by == By::post) ledger.drop_number(0); // facts without a post
    const std::vector<breakdown::Row> page =
        breakdown::page_of(ledger, wish.order, wish.has_after ? &wish.after : nullptr, wish.page_size);
    const Heading heading(by, question.extension, question.user_id, page);
    for (const breakdown::Row &row : page) {
        std::vector<Argument> columns = heading.of(row.key);
        for (std::size_t measure = 0; measure < breakdown::measure_count; ++measure)
            if (has_column(by, measure)) columns.push_back(store::argument_of(row.figures[measure]));
        columns.push_back(text_or_null(currency));
        columns.push_back(text_argument(breakdown::page_key(wish.order, row)));
        put_row(fcinfo, columns);
    }
    return Datum{0};
}

} // namespace

// Arguments: user_id, period, since, until, time_zone, currency, order_by, page_size, after.
ROI_FUNCTION(roi_campaign_performance) { return answer(fcinfo, By::campaign); }
ROI_FUNCTION(roi_content_performance) { return answer(fcinfo, By::content); }
ROI_FUNCTION(roi_top_posts) { return answer(fcinfo, By::post); }
