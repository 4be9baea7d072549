// Millionths of NUMERIC: read from its stored digits where the format is the one we know, else by its own arithmetic.
#include "bridge/numeric.hpp"

namespace roi::bridge {
namespace {

__extension__ using Int128 = __int128;

[[noreturn]] void fail_range() {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("a number of a fact is out of range"),
                    errhint("Money and conversions stay below 1e12, percentages and ratios below 9.2e12.")));
    pg_unreachable();
}

// numeric.c's stored form, fixed since 9.1 because pg_upgrade keeps data files: a header of 16 bits (sign, scale and weight)
// or 32 bits, then base-10000 digits; the first digit counts 10000^weight.
struct Stored {
    bool is_special, is_negative;
    int weight;
    const char *digits;
    int count;
};

Stored stored_of(const struct varlena *value) {
    const char *const data = VARDATA_ANY(value);
    const int size = static_cast<int>(VARSIZE_ANY_EXHDR(value));
    uint16 header = 0;
    memcpy(&header, data, sizeof header);
    if ((header & 0xC000) == 0xC000) return {true, false, 0, data, 0}; // NaN, infinities
    if ((header & 0x8000) != 0) {
        const int weight = (header & 0x0040) != 0 ? (header & 0x003F) - 64 : header & 0x003F;
        return {false, (header & 0x2000) != 0, weight, data + 2, (size - 2) / 2};
    }
    int16 weight = 0;
    memcpy(&weight, data + 2, sizeof weight);
    return {false, (header & 0x4000) != 0, weight, data + 4, (size - 4) / 2};
}

int64 micros_of_stored(const struct varlena *value) {
    const Stored stored = stored_of(value);
    if (stored.is_special || stored.weight > 6) fail_range();
    Int128 total = 0; // in units of 10000^-2; stored.weight <= 6 keeps it below 1e36
    for (int place = stored.weight, i = 0; place >= -2; --place, ++i) {
        int16 digit = 0;
        if (i < stored.count) memcpy(&digit, stored.digits + std::ptrdiff_t{2} * i, sizeof digit);
        total = total * 10000 + digit;
    }
    const Int128 micros = (stored.is_negative ? -total : total) / 100;
    if (micros > PG_INT64_MAX || micros < PG_INT64_MIN) fail_range();
    return static_cast<int64>(micros);
}

int64 micros_by_arithmetic(Datum value) {
    const Datum million = NumericGetDatum(int64_to_numeric(1000000));
    return DatumGetInt64(DirectFunctionCall1(numeric_int8, DirectFunctionCall2(numeric_mul, value, million)));
}

// Numbers of every shape of header and weight, read both ways.
bool reads_stored_form() {
    for (const int64 micros :
         {INT64CONST(0), INT64CONST(1), INT64CONST(-1), INT64CONST(10000), INT64CONST(-1234567),
          INT64CONST(999999999999999999), INT64CONST(-1000000000000000), PG_INT64_MAX, PG_INT64_MIN}) {
        const Datum value = NumericGetDatum(int64_div_fast_to_numeric(micros, 6));
        if (micros_of_stored(reinterpret_cast<const struct varlena *>(DatumGetPointer(value))) != micros ||
            micros_by_arithmetic(value) != micros)
            return false;
    }
    return true;
}

} // namespace

std::int64_t micros_of_numeric(Datum value) {
    static int is_known = -1; // no guarded initialiser: what it calls may jump
    if (is_known < 0) is_known = reads_stored_form() ? 1 : 0;
    if (is_known == 0) return micros_by_arithmetic(value);
    return micros_of_stored(PG_DETOAST_DATUM_PACKED(value));
}

Datum numeric_of_micros(std::int64_t micros) { return NumericGetDatum(int64_div_fast_to_numeric(micros, 6)); }

namespace {

constexpr int digit_base = 10000;
constexpr std::uint64_t powers_of_ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

// The base-10000 digits of a number, first the whole ones, without zeros at either end.
struct Digits {
    int16 digits[8];
    int first = 0, count = 0, weight = 0;
};

Digits digits_of(std::uint64_t magnitude, int decimals) {
    Digits found;
    std::uint64_t whole = magnitude / powers_of_ten[decimals];
    const int padding = (8 - decimals) % 4; // zeros that complete the last digit
    std::uint64_t part = magnitude % powers_of_ten[decimals] * powers_of_ten[padding];
    const int parts = (decimals + 3) / 4;
    int at = 8;
    for (int i = 0; i < parts; ++i, part /= digit_base)
        found.digits[--at] = static_cast<int16>(part % digit_base);
    for (; whole != 0; whole /= digit_base)
        found.digits[--at] = static_cast<int16>(whole % digit_base);
    int end = 8;
    found.weight = end - at - parts - 1;
    for (; at < end && found.digits[at] == 0; ++at)
        --found.weight;
    while (end > at && found.digits[end - 1] == 0)
        --end;
    found.first = at;
    found.count = end - at;
    return found;
}

bool writes_same(int64 value, int decimals) {
    alignas(8) char own[max_numeric];
    const std::size_t size = put_numeric(own, value, decimals);
    const auto *const theirs =
        reinterpret_cast<const struct varlena *>(int64_div_fast_to_numeric(value, decimals));
    return VARSIZE_ANY(theirs) == size && memcmp(own, theirs, size) == 0;
}

bool tries_numerics() {
    return call([] {
        for (int decimals = 0; decimals <= 6; ++decimals) {
            for (const int64 value :
                 {INT64CONST(0), INT64CONST(7), INT64CONST(-1), INT64CONST(9999), INT64CONST(10000),
                  INT64CONST(-120000), INT64CONST(100000000), INT64CONST(1234567890123456789),
                  INT64CONST(-1000000000000000000), PG_INT64_MAX, PG_INT64_MIN})
                if (!writes_same(value, decimals)) return false;
        }
        return true;
    });
}

} // namespace

// The short form of numeric.c: 16 bits of sign, scale and weight, then digits.
std::size_t put_numeric(char *to, std::int64_t value, int decimals) {
    const std::uint64_t magnitude =
        value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    Digits found = digits_of(magnitude, decimals);
    if (found.count == 0) found.weight = 0;
    const auto header = static_cast<uint16>(0x8000 | (value < 0 ? 0x2000 : 0) | decimals << 7 |
                                            (found.weight < 0 ? 0x0040 : 0) | (found.weight & 0x003F));
    const std::size_t digit_bytes = sizeof(int16) * static_cast<std::size_t>(found.count);
    const std::size_t size = VARHDRSZ + sizeof header + digit_bytes;
    SET_VARSIZE(to, size);
    memcpy(to + VARHDRSZ, &header, sizeof header);
    memcpy(to + VARHDRSZ + sizeof header, found.digits + found.first, digit_bytes);
    return size;
}

bool writes_numerics() {
    static int is_known = -1; // no guarded initialiser: what it calls may jump
    if (is_known < 0) is_known = tries_numerics() ? 1 : 0;
    return is_known == 1;
}

} // namespace roi::bridge
