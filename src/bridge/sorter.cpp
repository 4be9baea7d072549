// The server's own sorting of datums, for byte strings.
#include "bridge/sorter.hpp"

namespace roi::bridge {

ByteSorter::ByteSorter(int work_kilobytes)
    : state_(call([work_kilobytes] {
          const Oid before = lookup_type_cache(BYTEAOID, TYPECACHE_LT_OPR)->lt_opr;
          return tuplesort_begin_datum(BYTEAOID, before, InvalidOid, false, work_kilobytes, nullptr,
                                       TUPLESORT_NONE);
      })) {}

void ByteSorter::add(std::string_view bytes) {
    buffer_.resize(VARHDRSZ);
    buffer_.append(bytes);
    SET_VARSIZE(buffer_.data(), buffer_.size());
    const Datum value = PointerGetDatum(buffer_.data());
    call([this, value] { tuplesort_putdatum(state_, value, false); });
    ++count_;
}

void ByteSorter::sort() {
    call([this] { tuplesort_performsort(state_); });
}

bool ByteSorter::next(std::string &bytes) {
    Datum value = 0;
    if (!call([&] { return next_sorted_datum(state_, &value); })) return false;
    const auto *const found = reinterpret_cast<const bytea *>(DatumGetPointer(value));
    bytes.assign(VARDATA_ANY(found), VARSIZE_ANY_EXHDR(found));
    call([value] { pfree(DatumGetPointer(value)); });
    return true;
}

void ByteSorter::close() {
    call([this] { tuplesort_end(state_); });
    state_ = nullptr;
}

} // namespace roi::bridge
