// Facts and campaigns as bytes that sort by key, and how sorted pieces become one again.
#include "core/import/spool.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/seal.hpp"

namespace roi::core::import {

namespace {

constexpr std::int64_t money_limit = 1000000000000 * micros_per_unit; // NUMERIC(18,6)

// Big-endian, so that bytes sort like the numbers; the sign bit is turned for signed ones.
void put_number(std::string &bytes, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xFF);
}

void put_signed(std::string &bytes, std::int64_t value) {
    put_number(bytes, static_cast<std::uint64_t>(value) ^ std::uint64_t{1} << 63);
}

void put_text(std::string &bytes, std::string_view text) {
    bytes += static_cast<char>(text.size() >> 8 & 0xFF);
    bytes += static_cast<char>(text.size() & 0xFF);
    bytes += text;
}

class Bytes {
public:
    explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

    std::size_t place() const { return at_; }

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int byte = 0; byte < 8; ++byte)
            value = value << 8 | next();
        return value;
    }

    std::int64_t signed_number() { return static_cast<std::int64_t>(number() ^ std::uint64_t{1} << 63); }

    std::string_view text() {
        const std::size_t high = next();
        const std::size_t size = high << 8 | next();
        const std::string_view text = bytes_.substr(at_, size);
        at_ += size;
        return text;
    }

    std::uint8_t next() { return static_cast<std::uint8_t>(bytes_[at_++]); }

private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

// An older line only fills what no newer line has told; an empty cell tells nothing.
void learn_text(std::string &known, const std::string &told, bool newer) {
    if (!told.empty() && (newer || known.empty())) known = told;
}

Campaign read_campaign(std::string_view record) {
    Bytes bytes(record);
    Campaign campaign;
    campaign.platform = bytes.text();
    campaign.external_id = bytes.text();
    bytes.number(); // its place
    campaign.name = bytes.text();
    campaign.status = bytes.text();
    campaign.modified = bytes.text();
    campaign.start_day = bytes.signed_number();
    campaign.first_day = bytes.signed_number();
    campaign.currency = bytes.text();
    return campaign;
}

} // namespace

std::string fact_key(const Fact &fact) {
    std::string key;
    put_signed(key, fact.stamp);
    key += fact.stamp_is_utc ? '\1' : '\0';
    for (const std::string *text :
         {&fact.platform, &fact.campaign, &fact.post, &fact.content_type, &fact.currency})
        put_text(key, *text);
    return key;
}

std::string snapshot_key(const Fact &fact, std::uint64_t place) {
    std::string key;
    put_text(key, fact.platform);
    put_text(key, fact.post);
    put_signed(key, fact.stamp);
    put_number(key, place);
    key += fact.stamp_is_utc ? '\1' : '\0';
    for (const std::string *text : {&fact.campaign, &fact.content_type, &fact.currency})
        put_text(key, *text);
    return key;
}

void append_values(std::string &record, const Fact &fact) {
    put_signed(record, fact.posted_at);
    put_signed(record, fact.last_day);
    put_number(record, fact.reported);
    for (const std::int64_t value : fact.value)
        put_signed(record, value);
    put_number(record, std::uint64_t{fact.metrics_reported} << 32 | fact.metrics.size());
    for (const std::int64_t value : fact.metrics)
        put_signed(record, value);
}

std::string campaign_record(const Campaign &campaign, std::uint64_t place) {
    std::string record;
    put_text(record, campaign.platform);
    put_text(record, campaign.external_id);
    put_number(record, place);
    put_text(record, campaign.name);
    put_text(record, campaign.status);
    put_text(record, campaign.modified);
    put_signed(record, campaign.start_day);
    put_signed(record, campaign.first_day);
    put_text(record, campaign.currency);
    return record;
}

std::string reject_record(const Reject &reject, std::uint64_t place) {
    std::string record;
    put_number(record, place);
    put_signed(record, reject.line);
    put_text(record, reject.column);
    put_text(record, reject.value);
    put_text(record, reject.reason);
    return record;
}

Reject read_reject(std::string_view record) {
    Bytes bytes(record);
    bytes.number(); // its place
    Reject reject;
    reject.line = bytes.signed_number();
    reject.column = bytes.text();
    reject.value = bytes.text();
    reject.reason = bytes.text();
    return reject;
}

std::size_t read_fact(std::string_view record, bool is_snapshot, Fact &fact) {
    Bytes bytes(record);
    if (is_snapshot) {
        fact.platform = bytes.text();
        fact.post = bytes.text();
        fact.stamp = bytes.signed_number();
        bytes.number(); // its place
    } else {
        fact.stamp = bytes.signed_number();
    }
    fact.stamp_is_utc = bytes.next() != 0;
    if (!is_snapshot) fact.platform = bytes.text();
    fact.campaign = bytes.text();
    if (!is_snapshot) fact.post = bytes.text();
    fact.content_type = bytes.text();
    fact.currency = bytes.text();
    const std::size_t key = bytes.place();
    fact.posted_at = bytes.signed_number();
    fact.last_day = bytes.signed_number();
    fact.reported = static_cast<std::uint32_t>(bytes.number());
    for (std::int64_t &value : fact.value)
        value = bytes.signed_number();
    const std::uint64_t metrics = bytes.number();
    fact.metrics_reported = static_cast<std::uint32_t>(metrics >> 32);
    fact.metrics.resize(metrics & 0xFFFFFFFF);
    for (std::int64_t &value : fact.metrics)
        value = bytes.signed_number();
    return key;
}

bool add_within_limits(std::size_t measure, std::int64_t &sum, std::int64_t value) {
    std::int64_t total = 0;
    if (__builtin_add_overflow(sum, value, &total)) return false;
    if (measure >= measure_conversions && (total <= -money_limit || total >= money_limit)) return false;
    sum = total;
    return true;
}

bool add_values(Fact &sums, const Fact &added) {
    Measures value = sums.value;
    for (std::size_t measure = 0; measure < measure_count; ++measure)
        if (!add_within_limits(measure, value[measure], added.value[measure])) return false;
    std::vector<std::int64_t> metrics = sums.metrics;
    metrics.resize(std::max(metrics.size(), added.metrics.size()));
    for (std::size_t metric = 0; metric < added.metrics.size(); ++metric)
        if (__builtin_add_overflow(metrics[metric], added.metrics[metric], &metrics[metric])) return false;
    sums.value = value;
    sums.metrics = std::move(metrics);
    sums.reported |= added.reported;
    sums.metrics_reported |= added.metrics_reported;
    sums.posted_at = std::max(sums.posted_at, added.posted_at);
    sums.last_day = std::max(sums.last_day, added.last_day);
    return true;
}

void learn(Campaign &known, const Campaign &told) {
    const bool newer = told.modified >= known.modified;
    learn_text(known.name, told.name, newer);
    learn_text(known.status, told.status, newer);
    if (told.start_day != no_day && (newer || known.start_day == no_day)) known.start_day = told.start_day;
    if (newer) known.modified = told.modified;
    if (told.first_day != no_day && (known.first_day == no_day || told.first_day < known.first_day)) {
        known.first_day = told.first_day;
        known.currency = told.currency;
    }
}

bool MergedFacts::feed(std::string_view record, Fact &ready) {
    Fact fact;
    const std::size_t key_size = read_fact(record, are_snapshots_, fact);
    const std::string_view key = record.substr(0, key_size);
    if (has_fact_ && key == key_) {
        if (!add_values(fact_, fact))
            throw Error(Fault::out_of_range, "the file's sums are out of range", {},
                        "A sum of money stays below a million million, a count below 9.2e18.");
        return false;
    }
    const bool had_fact = finish(ready);
    key_ = key;
    fact_ = std::move(fact);
    has_fact_ = true;
    return had_fact;
}

bool MergedFacts::finish(Fact &ready) {
    if (!has_fact_) return false;
    ready = std::move(fact_);
    has_fact_ = false;
    return true;
}

bool MergedCampaigns::feed(std::string_view record, Campaign &ready) {
    Campaign campaign = read_campaign(record);
    if (has_campaign_ && campaign.platform == campaign_.platform &&
        campaign.external_id == campaign_.external_id) {
        learn(campaign_, campaign);
        return false;
    }
    const bool had_campaign = finish(ready);
    campaign_ = std::move(campaign);
    has_campaign_ = true;
    return had_campaign;
}

bool MergedCampaigns::finish(Campaign &ready) {
    if (!has_campaign_) return false;
    ready = std::move(campaign_);
    has_campaign_ = false;
    return true;
}

} // namespace roi::core::import
