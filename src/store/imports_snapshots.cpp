// Snapshots against the running totals of roi_posts and the newest metrics in roi_post_snapshots.
#include "core/error.hpp"

#include "store/imports_snapshots.hpp"

#include <utility>

#include "store/chunks.hpp"

namespace roi::store {

using namespace bridge;

namespace {

std::int64_t minus(std::int64_t a, std::int64_t b) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a, b, &difference))
        throw core::Error(core::Fault::out_of_range, "an increment of a post is out of range", {},
                          "Counters stay below 9.2e18, money below a million million.");
    return difference;
}

// "5,,7": a number or nothing for each metric.
void read_metrics(const std::string &text, std::vector<std::int64_t> &values, std::size_t &known) {
    std::size_t from = 0;
    for (std::size_t place = 0; place < values.size() && from <= text.size(); ++place) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        if (end > from) {
            values[place] = std::stoll(text.substr(from, end - from));
            known |= std::size_t{1} << place;
        }
        from = end + 1;
    }
}

} // namespace

std::string decimal_text(std::int64_t micros) {
    const bool is_negative = micros < 0;
    const std::uint64_t size =
        is_negative ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    std::string text = std::to_string(size / core::micros_per_unit);
    std::string rest = std::to_string(size % core::micros_per_unit + core::micros_per_unit).substr(1);
    rest.erase(rest.find_last_not_of('0') + 1);
    if (!rest.empty()) text += "." + rest;
    return is_negative ? "-" + text : text;
}

SnapshotWriter::SnapshotWriter(const Extension &extension, std::string user_id, FactWriter &writer,
                               std::vector<OwnMetric> metrics, std::int64_t batch_id)
    : extension_(extension), user_id_(std::move(user_id)), writer_(writer), metrics_(std::move(metrics)),
      batch_id_(batch_id) {}

void SnapshotWriter::load(const std::vector<Snapshot> &snapshots) {
    static const Statement find{
        "SELECT f.platform, f.post_id, (p.user_id IS NOT NULL)::int::bigint, floor(extract(epoch FROM s.taken_at))::bigint,"
        " coalesce(p.views, 0), coalesce(p.likes, 0), coalesce(p.comments, 0), coalesce(p.shares, 0), coalesce(p.saves, 0),"
        " coalesce(p.clicks, 0), coalesce(p.paid_views, 0), coalesce(p.paid_clicks, 0),"
        " (coalesce(p.conversions, 0) * 1000000)::bigint, (coalesce(p.ad_spend, 0) * 1000000)::bigint,"
        " (coalesce(p.revenue_generated, 0) * 1000000)::bigint,"
        " (SELECT string_agg(coalesce(((s.metrics ->> name)::numeric * 1000000)::bigint::text, ''), ',' ORDER BY place)"
        "   FROM unnest($4) WITH ORDINALITY AS n (name, place)), p.currency"
        " FROM unnest($2, $3) AS f (platform, post_id)"
        " LEFT JOIN LATERAL (SELECT * FROM @roi@.roi_posts WHERE user_id = $1 AND post_id = f.post_id"
        "   AND platform = f.platform OFFSET 0) p ON true"
        " LEFT JOIN LATERAL (SELECT * FROM @roi@.roi_post_snapshots WHERE user_id = $1 AND platform = f.platform"
        "   AND post_id = f.post_id OFFSET 0) s ON true",
        {TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID},
        false,
        true};
    TextColumn platforms, posts, names;
    for (const Snapshot &snapshot : snapshots) {
        if (!states_.try_emplace(Key(snapshot.platform, snapshot.post_id)).second) continue;
        platforms.add(snapshot.platform);
        posts.add(snapshot.post_id);
    }
    for (const OwnMetric &metric : metrics_)
        names.add(metric.name);
    MemoryScope memory("snapshots");
    const uint64 count =
        execute(find, extension_.schema,
                {text_argument(user_id_), platforms.array(), posts.array(), names.array()}, false);
    for (uint64 row = 0; row < count; ++row) {
        State &state = states_[Key(result_text(row, 1), result_text(row, 2))];
        state.is_known = state.is_stored = result_int64(row, 3) != 0;
        const Argument taken_at = result(row, 4);
        if (!taken_at.is_null) state.moment = DatumGetInt64(taken_at.value);
        for (std::size_t measure = 0; measure < core::measure_count; ++measure)
            state.value[measure] = result_int64(row, 5 + static_cast<int>(measure));
        state.metrics.resize(metrics_.size());
        read_metrics(result_text(row, 16), state.metrics, state.metrics_known);
        state.currency = result_text(row, 17);
    }
}

// Lifetime money is told in one currency: a post without money of its own takes the one that it is first told in, and the money
// that it has in it. Anything else cannot be compared: 22023.
void SnapshotWriter::settle_currency(State &state, const Snapshot &snapshot) {
    static const Statement take{
        "UPDATE @roi@.roi_posts p SET currency = $4, ad_spend = m.spend * 0.000001, revenue_generated = m.revenue * 0.000001"
        " FROM (SELECT coalesce(sum(d.spend), 0) AS spend, coalesce(sum(d.revenue), 0) AS revenue"
        "   FROM @roi@.roi_posts o JOIN @roi@.roi_rollup_detail d ON d.user_id = $1 AND d.grain = 'm' AND d.platform = $2"
        "     AND d.currency = $4 AND d.post_no = o.post_no WHERE o.user_id = $1 AND o.post_id = $3 AND o.platform = $2) m"
        " WHERE p.user_id = $1 AND p.post_id = $3 AND p.platform = $2"
        " RETURNING m.spend::bigint, m.revenue::bigint",
        {TEXTOID, TEXTOID, TEXTOID, TEXTOID},
        false,
        true};
    constexpr std::size_t money = std::size_t{1} << core::measure_spend | std::size_t{1}
                                                                              << core::measure_revenue;
    if (state.currency.empty()) state.currency = snapshot.currency;
    if ((snapshot.reported & money) == 0 || snapshot.currency == state.currency) return;
    std::int64_t &spend = state.value[core::measure_spend], &revenue = state.value[core::measure_revenue];
    if (!state.is_stored || spend != 0 || revenue != 0)
        fail(ERRCODE_INVALID_PARAMETER_VALUE,
             "money of post \"" + clip(snapshot.post_id) + "\" is told in " + snapshot.currency +
                 " but kept in " + state.currency,
             "Lifetime figures are compared with earlier ones, which amounts in two currencies cannot be.",
             "Take the imports in the other currency back first, or tell the amounts in " + state.currency +
                 ".");
    execute(take, extension_.schema,
            {text_argument(user_id_), text_argument(snapshot.platform), text_argument(snapshot.post_id),
             text_argument(snapshot.currency)},
            false);
    spend = result_int64(0, 1);
    revenue = result_int64(0, 2);
    state.currency = snapshot.currency;
}

// The snapshot's counters become increments, the state becomes the snapshot's.
void SnapshotWriter::advance(State &state, Snapshot &snapshot) {
    snapshot.is_new = state.moment == no_moment || snapshot.moment >= state.moment;
    if (!snapshot.is_new) return;
    settle_currency(state, snapshot);
    for (std::size_t measure = 0; measure < core::measure_count; ++measure) {
        if ((snapshot.reported >> measure & 1) == 0) continue;
        const std::int64_t lifetime = snapshot.value[measure];
        snapshot.value[measure] = minus(lifetime, state.value[measure]);
        snapshot.is_change = snapshot.is_change || snapshot.value[measure] != 0;
        state.value[measure] = lifetime;
    }
    for (std::size_t metric = 0; metric < snapshot.metrics.size(); ++metric) {
        if ((snapshot.metrics_reported >> metric & 1) == 0) continue;
        const std::int64_t lifetime = snapshot.metrics[metric];
        snapshot.metrics[metric] = minus(lifetime, state.metrics[metric]);
        snapshot.is_change = snapshot.is_change || snapshot.metrics[metric] != 0;
        state.metrics[metric] = lifetime;
    }
    state.metrics_known |= snapshot.metrics_reported;
    state.moment = snapshot.moment;
    state.is_touched = true;
    snapshot.is_change =
        snapshot.is_change || !state.is_known; // a post without any figure is known all the same
    state.is_known = true;
}

void SnapshotWriter::add_fact(const Snapshot &snapshot, bool is_first) {
    Fact fact;
    fact.platform = snapshot.platform;
    fact.post_id = snapshot.post_id;
    fact.content_type = snapshot.content_type;
    fact.currency = snapshot.currency;
    fact.stamp = snapshot.stamp;
    fact.posted_at = snapshot.posted_at;
    fact.added = snapshot.value;
    fact.reported = snapshot.reported;
    std::size_t changed = 0;
    for (std::size_t metric = 0; metric < snapshot.metrics.size(); ++metric)
        if (is_first || snapshot.metrics[metric] != 0) changed |= std::size_t{1} << metric;
    changed &= snapshot.metrics_reported;
    if (changed != 0) fact.metrics = to_json(snapshot.metrics, changed);
    writer_.add(std::move(fact));
}

std::string SnapshotWriter::to_json(const std::vector<std::int64_t> &values, std::size_t which) const {
    std::string text;
    for (std::size_t metric = 0; metric < values.size(); ++metric)
        if ((which >> metric & 1) != 0)
            text +=
                (text.empty() ? "" : ", ") + metrics_[metric].quoted + ": " + decimal_text(values[metric]);
    return "{" + text + "}";
}

void SnapshotWriter::save() {
    static const Statement note{
        "INSERT INTO @roi@.roi_import_snapshots (user_id, batch_id, platform, post_id, taken_at, metrics, import_batch_id)"
        " SELECT $1, $4, f.platform, f.post_id, s.taken_at, s.metrics, s.import_batch_id FROM unnest($2, $3) AS f (platform, post_id)"
        " LEFT JOIN LATERAL (SELECT * FROM @roi@.roi_post_snapshots WHERE user_id = $1 AND platform = f.platform"
        "   AND post_id = f.post_id OFFSET 0) s ON true ON CONFLICT DO NOTHING",
        {TEXTOID, TEXTARRAYOID, TEXTARRAYOID, INT8OID},
        false,
        true};
    static const Statement keep{
        "INSERT INTO @roi@.roi_post_snapshots AS known (user_id, platform, post_id, taken_at, metrics, import_batch_id)"
        " SELECT $1, platform, post_id, to_timestamp(moment), metrics::jsonb, $6 FROM unnest($2, $3, $4, $5)"
        " AS f (platform, post_id, moment, metrics) ON CONFLICT (user_id, platform, post_id) DO UPDATE"
        " SET taken_at = EXCLUDED.taken_at, metrics = known.metrics || EXCLUDED.metrics,"
        " import_batch_id = EXCLUDED.import_batch_id",
        {TEXTOID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID, INT8OID}};
    TextColumn platforms, posts, metrics;
    Int64Column moments;
    std::vector<std::string> texts;
    texts.reserve(states_.size());
    for (const auto &[key, state] : states_) {
        if (!state.is_touched) continue;
        platforms.add(key.first);
        posts.add(key.second);
        moments.add(state.moment);
        metrics.add(texts.emplace_back(to_json(state.metrics, state.metrics_known)));
    }
    MemoryScope memory("snapshots");
    if (batch_id_ != 0)
        execute(note, extension_.schema,
                {text_argument(user_id_), platforms.array(), posts.array(), int64_argument(batch_id_)},
                false);
    execute(keep, extension_.schema,
            {text_argument(user_id_), platforms.array(), posts.array(), moments.array(), metrics.array(),
             batch_id_ == 0 ? null_argument() : int64_argument(batch_id_)},
            false);
}

void SnapshotWriter::write(std::vector<Snapshot> &snapshots) {
    if (snapshots.empty()) return;
    load(snapshots);
    for (Snapshot &snapshot : snapshots) {
        State &state = states_[Key(snapshot.platform, snapshot.post_id)];
        const bool is_first = !state.is_known;
        advance(state, snapshot);
        if (snapshot.is_change) add_fact(snapshot, is_first);
    }
    save();
    // the next call may go on with the same post, whose totals are not stored yet
    const Key last(snapshots.back().platform, snapshots.back().post_id);
    const State state = states_[last];
    states_.clear();
    states_.emplace(last, state);
}

} // namespace roi::store
