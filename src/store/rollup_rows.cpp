// Columns of the rollup tables to plain values and back.
#include "core/error.hpp"

#include "store/rollup_rows.hpp"

#include <algorithm>

namespace roi::store {

using namespace bridge;
using core::rollup::DetailSums;
using core::rollup::Sums;

namespace {

// The place of the first of several columns that stand side by side in the order of `names`.
template <class Names>
int first_column(const Table &table, const Names &names, std::size_t count) {
    const int first = table.column(names[0]);
    for (std::size_t i = 1; i < count; ++i)
        if (table.column(names[i]) != first + static_cast<int>(i))
            fail(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "a rollup table has other columns than expected",
                 std::string("Column: ") + names[i] + ".", "Let roi_setup() make the tables.");
    return first;
}

std::string_view bytes_of(Datum value) {
    return call([value] {
        const bytea *const bytes = DatumGetByteaPP(value);
        return std::string_view(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
    });
}

template <class Set>
Set read_set(Table &table, int column) {
    if (table.nulls()[column]) return Set();
    try {
        return Set(bytes_of(table.values()[column]));
    } catch (const std::runtime_error &error) {
        throw core::Error(core::Fault::corrupt, "a set of roi_rollup is damaged", error.what(),
                          "Mend it with roi_rebuild().");
    }
}

template <class Set>
void put_set(Table &table, int column, const Set &set) {
    const std::size_t size = set.byte_size();
    table.nulls()[column] = size == 0;
    if (size == 0) return;
    bytea *const bytes = call([size] {
        bytea *fresh = static_cast<bytea *>(palloc(VARHDRSZ + size));
        SET_VARSIZE(fresh, VARHDRSZ + size);
        return fresh;
    });
    set.write(VARDATA(bytes));
    table.values()[column] = PointerGetDatum(bytes);
}

template <class Values>
void read_sums(Table &table, int first, Values &sums) {
    const Datum *const values = table.values() + first;
    for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i] = DatumGetInt64(values[i]);
}

template <class Values>
void write_sums(Table &table, int first, const Values &sums) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
        table.values()[first + static_cast<int>(i)] = Int64GetDatum(sums[i]);
        table.nulls()[first + static_cast<int>(i)] = false;
    }
}

constexpr std::array<const char *, 8> key_columns{"user_id",  "grain",       "bucket",       "platform",
                                                  "currency", "campaign_id", "content_type", "post_no"};
constexpr std::array<const char *, 4> set_columns{"posts", "earning_posts", "spending_posts", "campaigns"};
constexpr int cell_key_columns = 5;
constexpr int detail_key_columns = 8;

std::array<Datum, detail_key_columns> cell_datums(const CellKey &key, Texts &texts) {
    return {texts[key.user],
            CharGetDatum(static_cast<char>(key.grain)),
            TimestampTzGetDatum(key.bucket),
            texts[key.platform],
            texts[key.currency],
            Datum{0},
            Datum{0},
            Datum{0}};
}

std::array<Datum, detail_key_columns> detail_datums(const DetailKey &key, Texts &texts) {
    std::array<Datum, detail_key_columns> datums = cell_datums(key.cell, texts);
    datums[5] = Int64GetDatum(key.campaign);
    datums[6] = texts[key.content_type];
    datums[7] = Int32GetDatum(key.post_no);
    return datums;
}

void put_key(Table &table, int first, const Datum *datums, int count) {
    table.blank();
    for (int i = 0; i < count; ++i) {
        table.values()[first + i] = datums[i];
        table.nulls()[first + i] = false;
    }
}

} // namespace

Datum Texts::operator[](std::uint32_t number) {
    if (datums_[number] == Datum{0}) datums_[number] = text_argument(names_.text(number)).value;
    return datums_[number];
}

RollupTable::RollupTable(const Extension &extension) : table_(extension.schema, "roi_rollup") {
    key_ = first_column(table_, key_columns, cell_key_columns);
    sums_ = first_column(table_, core::rollup::sum_names, core::rollup::sum_count);
    sets_ = first_column(table_, set_columns, set_columns.size());
    parts_ = table_.column("parts");
}

bool RollupTable::find(const CellKey &key, Texts &texts) {
    return table_.find(cell_datums(key, texts).data(), cell_key_columns);
}

Sums RollupTable::sums() {
    Sums sums;
    read_sums(table_, sums_, sums);
    return sums;
}

RollupSets RollupTable::sets() {
    RollupSets sets;
    sets.posts = read_set<core::rollup::PostSet>(table_, sets_);
    sets.earning_posts = read_set<core::rollup::PostSet>(table_, sets_ + 1);
    sets.spending_posts = read_set<core::rollup::PostSet>(table_, sets_ + 2);
    sets.campaigns = read_set<core::rollup::CampaignSet>(table_, sets_ + 3);
    return sets;
}

core::rollup::PostIds RollupTable::posts() {
    return read_set<core::rollup::PostSet>(table_, sets_).members();
}

std::optional<core::rollup::Parts> RollupTable::parts() {
    if (table_.nulls()[parts_]) return {};
    return core::rollup::Parts(bytes_of(table_.values()[parts_]));
}

// In one buffer for all rows: there may be a kilobyte in each of millions.
void RollupTable::put_parts(const core::rollup::Parts *parts) {
    const std::string bytes = parts == nullptr ? std::string() : parts->bytes();
    table_.nulls()[parts_] = bytes.empty() || bytes.size() > core::rollup::Parts::most_bytes;
    if (table_.nulls()[parts_]) return;
    parts_bytes_.resize(VARHDRSZ + bytes.size());
    SET_VARSIZE(parts_bytes_.data(), VARHDRSZ + bytes.size());
    std::copy(bytes.begin(), bytes.end(), parts_bytes_.begin() + VARHDRSZ);
    table_.values()[parts_] = PointerGetDatum(parts_bytes_.data());
}

void RollupTable::put_sums(const Sums &sums) { write_sums(table_, sums_, sums); }

void RollupTable::put_sets(const RollupSets &sets) {
    put_set(table_, sets_, sets.posts);
    put_set(table_, sets_ + 1, sets.earning_posts);
    put_set(table_, sets_ + 2, sets.spending_posts);
    put_set(table_, sets_ + 3, sets.campaigns);
}

void RollupTable::insert(const CellKey &key, Texts &texts, const Sums &sums, const RollupSets &sets,
                         const core::rollup::Parts *parts) {
    put_key(table_, key_, cell_datums(key, texts).data(), cell_key_columns);
    put_sums(sums);
    put_sets(sets);
    put_parts(parts);
    table_.insert();
}

void RollupTable::update(const Sums &sums, const RollupSets *sets, const core::rollup::Parts *parts) {
    put_sums(sums);
    if (sets != nullptr) put_sets(*sets);
    put_parts(parts);
    table_.update();
}

DetailTable::DetailTable(const Extension &extension) : table_(extension.schema, "roi_rollup_detail") {
    key_ = first_column(table_, key_columns, detail_key_columns);
    sums_ = first_column(table_, core::rollup::sum_names, core::rollup::detail_sum_count);
}

bool DetailTable::find(const DetailKey &key, Texts &texts) {
    return table_.find(detail_datums(key, texts).data(), detail_key_columns);
}

DetailSums DetailTable::sums() {
    DetailSums sums;
    read_sums(table_, sums_, sums);
    return sums;
}

void DetailTable::insert(const DetailKey &key, Texts &texts, const DetailSums &sums) {
    put_key(table_, key_, detail_datums(key, texts).data(), detail_key_columns);
    put_sums(sums);
    table_.insert();
}

void DetailTable::update(const DetailSums &sums) {
    put_sums(sums);
    table_.update();
}

void DetailTable::put_sums(const DetailSums &sums) { write_sums(table_, sums_, sums); }

RollupSets DetailTable::sets_of(const CellKey &key, Texts &texts) {
    RollupSets sets;
    for (bool found = table_.find(cell_datums(key, texts).data(), cell_key_columns); found;
         found = table_.next()) {
        check_interrupts();
        const std::int64_t campaign = DatumGetInt64(table_.values()[key_ + 5]);
        const auto post = static_cast<std::uint32_t>(DatumGetInt32(table_.values()[key_ + 7]));
        const DetailSums row = sums();
        if (row[core::rollup::sum_data_points] <= 0) continue; // a row that its statement has yet to count
        if (campaign != 0) sets.campaigns.add(static_cast<std::uint64_t>(campaign));
        if (post == 0) continue;
        sets.posts.add(post);
        if (row[core::rollup::sum_earning_points] > 0) sets.earning_posts.add(post);
        if (row[core::rollup::sum_spending_points] > 0) sets.spending_posts.add(post);
    }
    return sets;
}

} // namespace roi::store
