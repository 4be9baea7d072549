// Greedy decomposition: the coarsest rows that lie within the range and whose parts keep the divisions apart.
#include "core/report/segments.hpp"

#include <algorithm>

namespace roi::core::report {
namespace {

using rollup::bucket_after;
using rollup::bucket_of;
using rollup::usecs_per_quarter;

// A month with more divided days than this is read day by day: each would be read beside it.
constexpr std::size_t most_divided = 4;

class Builder {
public:
    explicit Builder(const std::vector<Moment> &divisions) : divisions_(divisions) {}

    // Both finite or an end of time, beyond which there are no divisions.
    void cover(Moment since, Moment until) {
        if (since == no_begin && until == no_end && divisions_.empty())
            return add(Grain::month, since, until);
        Moment begin = since, end = until;
        if (since == no_begin) {
            begin = bucket_of(Grain::month, divisions_.empty() ? until : divisions_.front());
            add(Grain::month, no_begin, begin);
        }
        if (until == no_end) {
            const Moment last = divisions_.empty() ? begin : divisions_.back();
            end = bucket_of(Grain::month, last);
            if (end < last) end = bucket_after(Grain::month, end);
        }
        if (begin < end) cover_finite(begin, end);
        if (until == no_end) add(Grain::month, end, no_end);
    }

    Segments take() {
        auto &halved = result_.halved;
        std::sort(halved.begin(), halved.end());
        halved.erase(std::unique(halved.begin(), halved.end()), halved.end());
        return std::move(result_);
    }

private:
    using Division = std::vector<Moment>::const_iterator;

    Segments result_;
    const std::vector<Moment> &divisions_;

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
        const Moment first = bucket_of(Grain::quarter, since), last = bucket_of(Grain::quarter, until);
        if (first != since) add_halved(first);
        cover_grain(first == since ? since : first + usecs_per_quarter, last, Grain::month);
        if (last != until) add_halved(last);
    }

    // Whole buckets of a grain, and what sticks out on both sides by the next finer one. Bounds are on quarters.
    void cover_grain(Moment since, Moment until, Grain grain) {
        if (since >= until) return;
        if (grain == Grain::quarter) return cover_quarters(since, until);
        const Grain finer = grain == Grain::month ? Grain::day : Grain::quarter;
        const Moment start = bucket_of(grain, since);
        const Moment first = start == since ? since : bucket_after(grain, start);
        const Moment last = bucket_of(grain, until);
        if (first > last) return cover_grain(since, until, finer); // inside one bucket
        cover_grain(since, first, finer);
        for (Moment bucket = first; bucket < last;) {
            const Moment next = bucket_after(grain, bucket);
            if (keeps_apart(grain, bucket, next))
                add(grain, bucket, next);
            else
                cover_grain(bucket, next, finer);
            bucket = next;
        }
        cover_grain(last, until, finer);
    }

    void cover_quarters(Moment since, Moment until) {
        add(Grain::quarter, since, until);
        for (Division cut = after(since); cut != divisions_.end() && *cut < until; ++cut)
            if (bucket_of(Grain::quarter, *cut) != *cut)
                result_.halved.push_back(bucket_of(Grain::quarter, *cut));
    }

    Division after(Moment moment) const {
        return std::upper_bound(divisions_.begin(), divisions_.end(), moment);
    }

    // Whether the parts of a row tell what lies on each side of the divisions inside; a few days may be read beside a month.
    bool keeps_apart(Grain grain, Moment bucket, Moment next) {
        std::vector<Moment> divided;
        for (Division cut = after(bucket); cut != divisions_.end() && *cut < next; ++cut) {
            if (bucket_of(Grain::quarter, *cut) != *cut) return false;
            const Moment day = bucket_of(Grain::day, *cut);
            if (grain == Grain::day || day == *cut || (!divided.empty() && divided.back() == day)) continue;
            divided.push_back(day);
            if (divided.size() > most_divided) return false;
        }
        result_.divided.insert(result_.divided.end(), divided.begin(), divided.end());
        return true;
    }
};

} // namespace

bool Segments::is_halved(Moment quarter) const {
    return std::binary_search(halved.begin(), halved.end(), quarter);
}

bool Segments::is_divided(Moment day) const {
    return std::binary_search(divided.begin(), divided.end(), day);
}

Segments segments_of(Moment since, Moment until, const std::vector<Moment> &divisions) {
    Builder builder(divisions);
    if (since < until) builder.cover(since, until);
    return builder.take();
}

} // namespace roi::core::report
