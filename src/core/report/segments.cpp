// Greedy decomposition: each step takes the coarsest bucket that starts here and ends before the next cut.
#include "core/report/segments.hpp"

#include <algorithm>

namespace roi::core::report {
namespace {

using rollup::bucket_after;
using rollup::bucket_of;
using rollup::usecs_per_quarter;

class Builder {
public:
    explicit Builder(Grain coarsest) : coarsest_(coarsest) {}

    // [since, until), both finite or an end of time.
    void cover(Moment since, Moment until) {
        if (since == no_begin && until == no_end) return add(coarsest_, since, until);
        if (since == no_begin) {
            const Moment whole = bucket_of(coarsest_, until);
            add(coarsest_, no_begin, whole);
            since = whole;
        }
        Moment end = until;
        if (until == no_end) {
            const Moment bucket = bucket_of(coarsest_, since);
            end = bucket == since ? since : bucket_after(coarsest_, bucket);
        }
        if (since < end) cover_finite(since, end);
        if (until == no_end) add(coarsest_, end, no_end);
    }

    Segments take() {
        auto &halved = result_.halved;
        halved.erase(std::unique(halved.begin(), halved.end()), halved.end());
        return std::move(result_);
    }

private:
    Segments result_;
    Grain coarsest_;

    void add(Grain grain, Moment since, Moment until) {
        if (since >= until) return;
        if (!result_.runs.empty()) {
            Run &last = result_.runs.back();
            if (last.grain == grain && last.until >= since) {
                last.until = std::max(last.until, until);
                return;
            }
        }
        result_.runs.push_back({grain, since, until});
    }

    void add_halved(Moment quarter) {
        add(Grain::quarter, quarter, quarter + usecs_per_quarter);
        result_.halved.push_back(quarter);
    }

    void cover_finite(Moment since, Moment until) {
        const Moment first = bucket_of(Grain::quarter, since);
        if (first != since) add_halved(first);
        Moment at = first == since ? since : first + usecs_per_quarter;
        const Moment last = bucket_of(Grain::quarter, until);
        cover_grain(at, last, coarsest_);
        // A range inside one quarter has met it at its beginning.
        if (last != until && (result_.halved.empty() || result_.halved.back() != last)) add_halved(last);
    }

    // Whole buckets of a grain, and what sticks out on both sides by the next finer one. Bounds are on quarters.
    void cover_grain(Moment since, Moment until, Grain grain) {
        if (since >= until) return;
        if (grain == Grain::quarter) return add(grain, since, until);
        const Grain finer = grain == Grain::month ? Grain::day : Grain::quarter;
        const Moment start = bucket_of(grain, since);
        const Moment first = start == since ? since : bucket_after(grain, start);
        const Moment last = bucket_of(grain, until);
        if (first > last) return cover_grain(since, until, finer); // inside one bucket
        cover_grain(since, first, finer);
        add(grain, first, last);
        cover_grain(last, until, finer);
    }
};

} // namespace

bool Segments::is_halved(Moment quarter) const {
    return std::binary_search(halved.begin(), halved.end(), quarter);
}

Segments segments_of(const std::vector<Moment> &cuts, Grain coarsest) {
    Builder builder(coarsest);
    for (std::size_t i = 1; i < cuts.size(); ++i)
        if (cuts[i - 1] < cuts[i]) builder.cover(cuts[i - 1], cuts[i]);
    return builder.take();
}

} // namespace roi::core::report
