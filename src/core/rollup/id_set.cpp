// IdSet over CRoaring.
#include "core/rollup/id_set.hpp"

#include <type_traits>
#include <utility>

#include <roaring/roaring.hh>
#include <roaring/roaring64map.hh>

// Newer releases of CRoaring put their classes into a namespace of this name.
namespace roaring {}
using namespace roaring;

namespace roi::core::rollup {

template <class Id>
struct IdSet<Id>::Bitmap {
    using Type = std::conditional_t<sizeof(Id) == 4, Roaring, Roaring64Map>;
    Type set;
};

template <class Id>
IdSet<Id>::IdSet() = default;
template <class Id>
IdSet<Id>::~IdSet() = default;
template <class Id>
IdSet<Id>::IdSet(IdSet &&other) noexcept = default;
template <class Id>
IdSet<Id> &IdSet<Id>::operator=(IdSet &&other) noexcept = default;

template <class Id>
IdSet<Id>::IdSet(const IdSet &other)
    : bitmap_(other.bitmap_ ? std::make_unique<Bitmap>(*other.bitmap_) : nullptr) {}

template <class Id>
IdSet<Id> &IdSet<Id>::operator=(const IdSet &other) {
    IdSet copy(other);
    std::swap(bitmap_, copy.bitmap_);
    return *this;
}

template <class Id>
IdSet<Id>::IdSet(std::string_view bytes) {
    if (!bytes.empty()) bitmap_.reset(new Bitmap{Bitmap::Type::readSafe(bytes.data(), bytes.size())});
}

template <class Id>
typename IdSet<Id>::Bitmap &IdSet<Id>::bitmap() {
    if (!bitmap_) bitmap_ = std::make_unique<Bitmap>();
    return *bitmap_;
}

template <class Id>
void IdSet<Id>::add(Id id) {
    bitmap().set.add(id);
}

template <class Id>
void IdSet<Id>::merge(const IdSet &other) {
    if (other.bitmap_) bitmap().set |= other.bitmap_->set;
}

template <class Id>
bool IdSet<Id>::contains(Id id) const {
    return bitmap_ && bitmap_->set.contains(id);
}

template <class Id>
std::uint64_t IdSet<Id>::size() const {
    return bitmap_ ? bitmap_->set.cardinality() : 0;
}

template <class Id>
bool IdSet<Id>::operator==(const IdSet &other) const {
    if (is_empty() || other.is_empty()) return is_empty() == other.is_empty();
    return bitmap_->set == other.bitmap_->set;
}

template <class Id>
std::vector<Id> IdSet<Id>::members() const {
    std::vector<Id> ids;
    if (!bitmap_) return ids;
    ids.reserve(size());
    for (const auto id : bitmap_->set)
        ids.push_back(id);
    return ids;
}

template <class Id>
std::size_t IdSet<Id>::byte_size() const {
    return is_empty() ? 0 : bitmap_->set.getSizeInBytes(true);
}

template <class Id>
void IdSet<Id>::write(char *target) const {
    if (!is_empty()) bitmap_->set.write(target, true);
}

template class IdSet<std::uint32_t>;
template class IdSet<std::uint64_t>;

} // namespace roi::core::rollup
