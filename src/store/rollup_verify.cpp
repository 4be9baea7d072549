// Compares stored rollup rows with expected ones, month by month, day by day where a month is too large.
#include "core/error.hpp"
#include "core/rollup/delta.hpp"
#include "core/rollup/id_set.hpp"
#include "core/rollup/parts.hpp"

#include "store/rollup_verify.hpp"

#include <functional>
#include <numeric>
#include <optional>

#include "store/archive.hpp"
#include "store/rollup_expect.hpp"
#include "store/rollup_rebuild.hpp"
#include "store/rollup_writer.hpp"

#include "bridge/memory.hpp"

namespace roi::store {

using namespace bridge;
using core::rollup::bucket_after;
using core::rollup::bucket_of;
using core::rollup::Delta;
using core::rollup::DetailSums;
using core::rollup::Grain;
using core::rollup::Moment;
using core::rollup::Sums;

namespace {

using Report = std::function<void(const Difference &)>;

Argument moment(Moment value) { return {TimestampTzGetDatum(value), false}; }

std::string sum_list(std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i)
        list += std::string(", ") + core::rollup::sum_names[i];
    return list;
}

// $1 user, $2 and $3 range, $4 grains; key columns, sums, sets.
const Statement &cells_statement() {
    static const std::string text =
        "SELECT grain, bucket, platform, currency" + sum_list(core::rollup::sum_count) +
        ", posts, earning_posts, spending_posts, campaigns, parts FROM @roi@.roi_rollup"
        " WHERE user_id = $1 AND bucket >= $2 AND bucket < $3"
        " AND grain = ANY ($4::\"char\"[]) ORDER BY grain, bucket, platform, currency";
    static const Statement statement{text.c_str(), {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID}};
    return statement;
}

const Statement &details_statement() {
    static const std::string text =
        "SELECT grain, bucket, platform, currency" + sum_list(core::rollup::detail_sum_count) +
        ", campaign_id, content_type, post_no FROM @roi@.roi_rollup_detail"
        " WHERE user_id = $1 AND bucket >= $2 AND bucket < $3 AND grain = ANY ($4::\"char\"[])"
        " ORDER BY grain, bucket, platform, currency, campaign_id, content_type, post_no";
    static const Statement statement{text.c_str(), {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTARRAYOID}};
    return statement;
}

constexpr int key_width = 4; // grain, bucket, platform, currency

CellId cell_of(const ResultRows &row) {
    return {DatumGetChar(row.values()[0]), DatumGetTimestampTz(row.values()[1]), text_of(row.values()[2]),
            text_of(row.values()[3])};
}

// Nothing when the bytes are no set.
template <class Set>
std::optional<Set> set_of(const ResultRows &row, int column) {
    if (row.nulls()[column]) return Set();
    try {
        return Set(text_of(row.values()[column]));
    } catch (const std::runtime_error &) {
        return {};
    }
}

template <class Set>
std::string list_of(const Set &set) {
    std::string list = "{";
    for (const auto member : set.members())
        list += (list.size() == 1 ? "" : ",") + std::to_string(member);
    return list + "}";
}

Difference difference(const std::string &table, const std::string &user_id, const CellId &cell) {
    Difference found;
    found.table = table;
    found.user_id = user_id;
    found.grain = std::get<0>(cell);
    found.bucket = std::get<1>(cell);
    found.platform = std::get<2>(cell);
    found.currency = std::get<3>(cell);
    return found;
}

void compare(Difference &where, const char *column, const std::string &expected, const std::string &actual,
             const Report &report) {
    if (expected == actual) return;
    where.column = column;
    where.expected = expected;
    where.actual = actual;
    report(where);
}

template <class Values>
void compare_sums(Difference &where, const Values &expected, const Datum *actual, const Report &report) {
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (expected[i] != DatumGetInt64(actual[i]))
            compare(where, core::rollup::sum_names[i], std::to_string(expected[i]),
                    std::to_string(DatumGetInt64(actual[i])), report);
}

// Parts may be missing where they were too long: reads then go to the finer rows.
void compare_parts(Difference &where, const core::rollup::Parts &expected, const ResultRows &row, int column,
                   const Report &report) {
    if (row.nulls()[column]) return;
    if (where.grain == static_cast<char>(Grain::quarter))
        return compare(where, "parts", "", text_of(row.values()[column]), report);
    std::string actual = "damaged";
    try {
        const core::rollup::Parts parts(text_of(row.values()[column]));
        if (parts == expected) return;
        actual = parts.text();
    } catch (const core::Error &) {
    }
    compare(where, "parts", expected.text(), actual, report);
}

class Verifier {
public:
    Verifier(const Extension &extension, const std::string &user_id, const Report &report)
        : extension_(extension), user_id_(user_id), report_(report) {}

    void run(const MonthRange &wanted);

private:
    void load_posts();
    bool next_month(Moment from, Moment until, Moment &month);
    void verify_month(const MonthRange &month);
    bool read_facts(const MonthRange &range, Delta &delta, std::size_t most_bytes);
    void add(Delta &delta, Expectation &fine, Expectation &months);
    void compare_cells(const MonthRange &range, const char *grains, Expectation &expected);
    void compare_details(const MonthRange &range, const char *grains, Expectation &expected);
    void compare_all(const MonthRange &range, const char *grains, Expectation &expected);
    void compare_metrics(const MonthRange &range);
    void add_archived(Moment horizon);
    void compare_totals();
    std::string post_of(const std::string &platform, std::int32_t number) const;

    Extension extension_;
    std::string user_id_;
    const Report &report_;
    ExpectedPosts posts_;
};

void Verifier::load_posts() {
    static const Statement posts{
        "SELECT platform, post_id, post_no, currency FROM @roi@.roi_posts WHERE user_id = $1", {TEXTOID}};
    execute(posts, extension_.schema, {text_argument(user_id_)}, true);
    ResultRows rows;
    while (rows.next()) {
        ExpectedPost &post = posts_[{text_of(rows.values()[0]), text_of(rows.values()[1])}];
        post.number = DatumGetInt32(rows.values()[2]);
        post.currency = text_of(rows.values()[3]);
    }
}

std::string Verifier::post_of(const std::string &platform, std::int32_t number) const {
    for (const auto &[key, post] : posts_)
        if (post.number == number && key.first == platform) return key.second;
    return number == 0 ? std::string() : "post_no " + std::to_string(number);
}

// The first UTC month from `from` on that holds facts or rollup rows of the user.
bool Verifier::next_month(Moment from, Moment until, Moment &month) {
    static const Statement first{
        "SELECT least((SELECT update_timestamp FROM @roi@.roi_metrics WHERE user_id = $1 AND update_timestamp >= $2"
        "     AND update_timestamp < $3 ORDER BY update_timestamp LIMIT 1),"
        "   (SELECT min(b) FROM (VALUES ('q'::\"char\"), ('d'), ('m')) g (grain), LATERAL (SELECT bucket AS b"
        "     FROM @roi@.roi_rollup r WHERE r.user_id = $1 AND r.grain = g.grain AND bucket >= $2 AND bucket < $3"
        "     ORDER BY bucket LIMIT 1) x),"
        "   (SELECT min(b) FROM (VALUES ('d'::\"char\"), ('m')) g (grain), LATERAL (SELECT bucket AS b"
        "     FROM @roi@.roi_rollup_detail r WHERE r.user_id = $1 AND r.grain = g.grain AND bucket >= $2"
        "     AND bucket < $3 ORDER BY bucket LIMIT 1) x),"
        "   (SELECT update_timestamp FROM @roi@.platform_metrics WHERE user_id = $1 AND update_timestamp >= $2"
        "     AND update_timestamp < $3 ORDER BY update_timestamp LIMIT 1))",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    execute(first, extension_.schema, {text_argument(user_id_), moment(from), moment(until)}, true);
    const Argument found = result(0, 1);
    if (!found.is_null) month = bucket_of(Grain::month, DatumGetTimestampTz(found.value));
    return !found.is_null;
}

// False, with the delta cleared, when the facts need more memory than allowed.
bool Verifier::read_facts(const MonthRange &range, Delta &delta, std::size_t most_bytes) {
    static const Statement sample{"SELECT count(*) FROM (SELECT FROM @roi@.roi_metrics WHERE user_id = $1"
                                  " AND update_timestamp >= $2 AND update_timestamp < $3 LIMIT $4) f",
                                  {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID}};
    const auto most_facts =
        static_cast<std::int64_t>(most_bytes / 512); // a fact alone in its cells takes about 600
    if (most_bytes != SIZE_MAX) {
        execute(
            sample, extension_.schema,
            {text_argument(user_id_), moment(range.since), moment(range.until), int64_argument(most_facts)},
            true);
        if (result_int64(0, 1) >= most_facts) return false;
    }
    visit_facts(extension_, user_id_, range, true,
                [&](const core::rollup::Fact &fact) { delta.add(fact, 1); });
    return true;
}

void Verifier::add(Delta &delta, Expectation &fine, Expectation &months) {
    expect(delta, posts_, fine, months, [&](const std::string &platform, const std::string &post_id) {
        Difference where;
        where.table = "roi_posts";
        where.user_id = user_id_;
        where.platform = platform;
        compare(where, "post_id", post_id, "", report_);
    });
    delta.clear();
}

Argument grain_array(const char *grains) {
    TextColumn array;
    for (const char *grain = grains; *grain != '\0'; ++grain)
        array.add(std::string_view(grain, 1));
    return array.array();
}

void Verifier::compare_cells(const MonthRange &range, const char *grains, Expectation &expected) {
    execute(cells_statement(), extension_.schema,
            {text_argument(user_id_), moment(range.since), moment(range.until), grain_array(grains)}, true);
    ResultRows rows;
    while (rows.next()) {
        const CellId id = cell_of(rows);
        Difference where = difference("roi_rollup", user_id_, id);
        const auto found = expected.cells.find(id);
        if (found == expected.cells.end()) {
            compare(where, "data_points", "", std::to_string(DatumGetInt64(rows.values()[key_width])),
                    report_);
            continue;
        }
        compare_sums(where, found->second.sums, rows.values() + key_width, report_);
        constexpr int sets = key_width + static_cast<int>(core::rollup::sum_count);
        const RollupSets &should = found->second.sets;
        const auto compare_set = [&](const char *name, const auto &set, int column) {
            using Set = std::decay_t<decltype(set)>;
            const std::optional<Set> actual = set_of<Set>(rows, column);
            if (!actual || !(*actual == set))
                compare(where, name, list_of(set), actual ? list_of(*actual) : "damaged", report_);
        };
        compare_set("posts", should.posts, sets);
        compare_set("earning_posts", should.earning_posts, sets + 1);
        compare_set("spending_posts", should.spending_posts, sets + 2);
        compare_set("campaigns", should.campaigns, sets + 3);
        compare_parts(where, found->second.parts, rows, sets + 4, report_);
        expected.cells.erase(found);
    }
    for (const auto &[id, cell] : expected.cells) {
        Difference where = difference("roi_rollup", user_id_, id);
        compare(where, "data_points", std::to_string(cell.sums[core::rollup::sum_data_points]), "", report_);
    }
    expected.cells.clear();
}

void Verifier::compare_details(const MonthRange &range, const char *grains, Expectation &expected) {
    execute(details_statement(), extension_.schema,
            {text_argument(user_id_), moment(range.since), moment(range.until), grain_array(grains)}, true);
    ResultRows rows;
    constexpr int tail = key_width + static_cast<int>(core::rollup::detail_sum_count);
    const auto place = [&](const DetailId &id) {
        Difference where = difference("roi_rollup_detail", user_id_, std::get<0>(id));
        where.campaign_id = std::get<1>(id);
        where.content_type = std::get<2>(id);
        where.post = post_of(where.platform, std::get<3>(id));
        return where;
    };
    while (rows.next()) {
        const DetailId id{cell_of(rows), DatumGetInt64(rows.values()[tail]), text_of(rows.values()[tail + 1]),
                          DatumGetInt32(rows.values()[tail + 2])};
        const auto found = expected.details.find(id);
        if (found == expected.details.end()) {
            Difference where = place(id);
            compare(where, "data_points", "", std::to_string(DatumGetInt64(rows.values()[key_width])),
                    report_);
            continue;
        }
        bool is_same = true;
        for (std::size_t i = 0; i < found->second.size(); ++i)
            is_same =
                is_same && found->second[i] == DatumGetInt64(rows.values()[key_width + static_cast<int>(i)]);
        if (!is_same) {
            Difference where = place(id);
            compare_sums(where, found->second, rows.values() + key_width, report_);
        }
        expected.details.erase(found);
    }
    for (const auto &[id, sums] : expected.details) {
        Difference where = place(id);
        compare(where, "data_points", std::to_string(sums[core::rollup::sum_data_points]), "", report_);
    }
    expected.details.clear();
}

void Verifier::compare_all(const MonthRange &range, const char *grains, Expectation &expected) {
    check_interrupts();
    expect_sets(expected);
    compare_cells(range, grains, expected);
    compare_details(range, grains, expected);
}

// Rows of platform_metrics whose fact is gone or of another platform.
void Verifier::compare_metrics(const MonthRange &range) {
    static const Statement strays{
        // OFFSET 0 keeps the look-up by key whatever stale statistics say of a user who has just grown.
        "SELECT pm.roi_metric_id::text, pm.platform::text, m.platform::text, pm.update_timestamp"
        " FROM @roi@.platform_metrics pm LEFT JOIN LATERAL (SELECT f.platform FROM @roi@.roi_metrics f"
        "   WHERE f.user_id = $1 AND f.update_timestamp = pm.update_timestamp AND f.id = pm.roi_metric_id OFFSET 0) m"
        "   ON true WHERE pm.user_id = $1 AND pm.update_timestamp >= $2 AND pm.update_timestamp < $3"
        " AND pm.roi_metric_id IS NOT NULL AND m.platform IS DISTINCT FROM pm.platform"
        " ORDER BY pm.update_timestamp, pm.roi_metric_id",
        {TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};
    execute(strays, extension_.schema, {text_argument(user_id_), moment(range.since), moment(range.until)},
            true);
    ResultRows rows;
    while (rows.next()) {
        Difference where;
        where.table = "platform_metrics";
        where.user_id = user_id_;
        where.bucket = DatumGetTimestampTz(rows.values()[3]);
        where.platform = text_of(rows.values()[1]);
        if (rows.nulls()[2])
            compare(where, "roi_metric_id", "", text_of(rows.values()[0]), report_);
        else
            compare(where, "platform", text_of(rows.values()[2]), where.platform, report_);
    }
}

// What posts have gained in archived months, by the month rows that nothing changes any more.
void Verifier::add_archived(Moment horizon) {
    static const Statement gains{
        "SELECT p.platform, p.post_id, sum(d.views)::bigint, sum(d.likes)::bigint, sum(d.comments)::bigint,"
        " sum(d.shares)::bigint, sum(d.saves)::bigint, sum(d.clicks)::bigint, sum(d.paid_views)::bigint,"
        " sum(d.paid_clicks)::bigint, sum(d.conversions)::bigint,"
        " coalesce(sum(d.spend) FILTER (WHERE d.currency = p.currency), 0)::bigint,"
        " coalesce(sum(d.revenue) FILTER (WHERE d.currency = p.currency), 0)::bigint"
        " FROM @roi@.roi_rollup_detail d JOIN @roi@.roi_posts p ON p.user_id = $1 AND p.platform = d.platform"
        "   AND p.post_no = d.post_no WHERE d.user_id = $1 AND d.grain = 'm' AND d.bucket < $2 GROUP BY 1, 2",
        {TEXTOID, TIMESTAMPTZOID},
        true,
        false,
        true};
    execute(gains, extension_.schema, {text_argument(user_id_), moment(horizon)}, true);
    ResultRows rows;
    while (rows.next()) {
        ExpectedPost &post = posts_[{text_of(rows.values()[0]), text_of(rows.values()[1])}];
        for (std::size_t i = 0; i < core::measure_count; ++i)
            post.totals[i] += DatumGetInt64(rows.values()[2 + static_cast<int>(i)]);
    }
}

void Verifier::compare_totals() {
    static const Statement totals{
        "SELECT platform, post_id, views, likes, comments, shares, saves, clicks, paid_views, paid_clicks,"
        " (conversions * 1000000)::bigint, (ad_spend * 1000000)::bigint, (revenue_generated * 1000000)::bigint"
        " FROM @roi@.roi_posts WHERE user_id = $1 ORDER BY platform, post_id",
        {TEXTOID}};
    static constexpr std::array<const char *, core::measure_count> names{
        "views",       "likes",       "comments", "shares",           "saves", "clicks", "paid_views",
        "paid_clicks", "conversions", "ad_spend", "revenue_generated"};
    execute(totals, extension_.schema, {text_argument(user_id_)}, true);
    ResultRows rows;
    while (rows.next()) {
        Difference where;
        where.table = "roi_posts";
        where.user_id = user_id_;
        where.platform = text_of(rows.values()[0]);
        where.post = text_of(rows.values()[1]);
        const ExpectedPost &post = posts_[{where.platform, where.post}];
        where.currency = post.currency;
        for (std::size_t i = 0; i < names.size(); ++i)
            compare(where, names[i], std::to_string(post.totals[i]),
                    std::to_string(DatumGetInt64(rows.values()[2 + static_cast<int>(i)])), report_);
    }
}

void Verifier::verify_month(const MonthRange &month) {
    Delta delta;
    Expectation fine, months;
    if (read_facts(month, delta, RollupWriter::max_delta_bytes)) {
        add(delta, fine, months);
        expect_sets(fine);
        expect_parts(fine, months);
        fine.cells.merge(months.cells);
        fine.details.merge(months.details);
        compare_all(month, "qdm", fine);
    } else {
        for (Moment day = month.since; day < month.until; day = bucket_after(Grain::day, day)) {
            const MonthRange range{day, bucket_after(Grain::day, day)};
            read_facts(range, delta, SIZE_MAX);
            add(delta, fine, months);
            expect_sets(fine);
            expect_parts(fine, months);
            compare_all(range, "qd", fine);
        }
        compare_all(month, "m", months);
    }
    compare_metrics(month);
}

void Verifier::run(const MonthRange &wanted) {
    const Moment horizon = archived_until(extension_);
    const MonthRange range{std::max(wanted.since, horizon), wanted.until}; // older facts are not here
    load_posts();
    Moment month = 0;
    for (Moment from = range.since; next_month(from, range.until, month);
         from = bucket_after(Grain::month, month)) {
        MemoryScope memory("verify");
        verify_month({month, bucket_after(Grain::month, month)});
    }
    if (wanted.since != DT_NOBEGIN || wanted.until != DT_NOEND) return;
    if (horizon != DT_NOBEGIN) add_archived(horizon);
    compare_totals();
}

} // namespace

void verify_user(const Extension &extension, const std::string &user_id, Moment since, Moment until,
                 const std::function<void(const Difference &)> &report) {
    MemoryScope memory("verify");
    Verifier(extension, user_id, report).run(whole_months(since, until));
}

} // namespace roi::store
