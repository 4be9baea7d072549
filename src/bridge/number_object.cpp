// Writes jsonb objects by a plan that is made, and tried, with the server's own parser.
#include "bridge/number_object.hpp"

#include "bridge/numeric.hpp"

namespace roi::bridge {
namespace {

constexpr std::size_t most_fields = JB_OFFSET_STRIDE / 2; // no entry but the first one holds an offset

std::string plain_decimal(std::int64_t value, int decimals) {
    const std::uint64_t magnitude =
        value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    std::string text = std::to_string(magnitude);
    const auto places = static_cast<std::size_t>(decimals);
    if (places > 0) {
        if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
        text.insert(text.size() - places, 1, '.');
    }
    return value < 0 ? "-" + text : text;
}

// A key as stored and the number that stands beside it.
struct Pair {
    const char *key;
    int length;
    std::int64_t number;
};

struct Pairs {
    Pair pairs[most_fields];
    std::size_t count;
};

// Backend code: the fields of a small object of whole numbers, in stored order.
Pairs pairs_of(Datum object) {
    Pairs found{};
    JsonbIterator *at = JsonbIteratorInit(&DatumGetJsonbP(object)->root);
    JsonbValue value;
    JsonbIteratorToken token;
    while ((token = JsonbIteratorNext(&at, &value, false)) != WJB_DONE) {
        if (token == WJB_KEY) {
            found.pairs[found.count].key = value.val.string.val;
            found.pairs[found.count].length = value.val.string.len;
        } else if (token == WJB_VALUE) {
            found.pairs[found.count++].number =
                DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(value.val.numeric)));
        }
    }
    return found;
}

template <class Value>
void append(std::vector<char> &bytes, const Value &value) {
    const char *const start = reinterpret_cast<const char *>(&value);
    bytes.insert(bytes.end(), start, start + sizeof value);
}

} // namespace

Datum jsonb_of(const std::string &text) {
    return call([text = text.c_str()] {
        return DirectFunctionCall1(jsonb_in, CStringGetDatum(const_cast<char *>(text)));
    });
}

NumberObject::NumberObject(std::vector<std::string> keys, std::vector<int> decimals)
    : keys_(std::move(keys)), decimals_(std::move(decimals)) {
    if (keys_.size() > most_fields || !writes_numerics()) return;
    plan();
    is_planned_ = true;
    for (const std::int64_t value : {INT64CONST(0), INT64CONST(-7), INT64CONST(40000000000), PG_INT64_MAX}) {
        std::vector<std::int64_t> values(keys_.size(), value);
        is_planned_ = is_planned_ && writes_same(values);
        for (std::size_t i = 0; i < values.size(); i += 2)
            values[i] = 12345678;
        is_planned_ = is_planned_ && writes_same(values);
    }
}

std::string NumberObject::text(const std::int64_t *values) const {
    std::string json = "{";
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (i > 0) json += ',';
        json += keys_[i];
        json += ':';
        json += plain_decimal(values[i], decimals_[i]);
    }
    return json + "}";
}

// The server sorts keys by length and bytes, and keeps the last one of equal keys: its own object shows how.
void NumberObject::plan() {
    std::string sample = "{";
    for (std::size_t i = 0; i < keys_.size(); ++i)
        sample += (i > 0 ? "," : "") + keys_[i] + ":" + std::to_string(i);
    const Datum object = jsonb_of(sample + "}");
    const Pairs found = call([object] { return pairs_of(object); });
    append(head_, static_cast<uint32>(found.count) | JB_FOBJECT);
    uint32 length = 0;
    for (std::size_t i = 0; i < found.count; ++i) {
        length += static_cast<uint32>(found.pairs[i].length);
        append(head_, JENTRY_ISSTRING |
                          (i == 0 ? JENTRY_HAS_OFF | length : static_cast<uint32>(found.pairs[i].length)));
    }
    for (std::size_t i = 0; i < found.count; ++i)
        append(head_, JEntry{0});
    for (std::size_t i = 0; i < found.count; ++i) {
        const Pair &pair = found.pairs[i];
        head_.insert(head_.end(), pair.key, pair.key + pair.length);
        const auto source = static_cast<std::size_t>(pair.number);
        fields_.push_back({source, decimals_[source]});
    }
}

Datum NumberObject::written(const std::int64_t *values, Arena &arena) const {
    char *const start = arena.take(VARHDRSZ + head_.size() + fields_.size() * (max_numeric + sizeof(int)));
    char *at = start + VARHDRSZ;
    memcpy(at, head_.data(), head_.size());
    auto *const entries = reinterpret_cast<JEntry *>(at + sizeof(uint32)) + fields_.size();
    at += head_.size();
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        char *const before = at;
        while ((at - start) % static_cast<std::ptrdiff_t>(sizeof(int)) != 0)
            *at++ = '\0';
        at += put_numeric(at, values[fields_[i].source], fields_[i].decimals);
        entries[i] = JENTRY_ISNUMERIC | static_cast<uint32>(at - before);
    }
    SET_VARSIZE(start, at - start);
    return PointerGetDatum(start);
}

bool NumberObject::writes_same(const std::vector<std::int64_t> &values) const {
    Arena arena;
    const auto *const own =
        reinterpret_cast<const struct varlena *>(DatumGetPointer(written(values.data(), arena)));
    const auto *const theirs =
        reinterpret_cast<const struct varlena *>(DatumGetPointer(jsonb_of(text(values.data()))));
    return VARSIZE(own) == VARSIZE(theirs) && memcmp(own, theirs, VARSIZE(own)) == 0;
}

Datum NumberObject::jsonb(const std::int64_t *values, Arena &arena) const {
    return is_planned_ ? written(values, arena) : jsonb_of(text(values));
}

} // namespace roi::bridge
