// Feeds bytes to the decoder and the CSV reader: windows of any size give the same text, work stays linear.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/import/csv.hpp"
#include "core/import/decode.hpp"

namespace {

using namespace roi::core::import;

void require(bool holds) {
    if (!holds) std::abort();
}

std::string decode(const Text &text, std::size_t window) {
    std::string all;
    for (std::size_t at = 0; at < text.content().size();) {
        std::string piece;
        text.read(at, piece, window);
        all += piece;
    }
    return all;
}

void check_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        require(length > 0);
        text.remove_prefix(length);
    }
}

void read(const Text &text, char separator) {
    Reader reader(text, separator);
    Record record;
    std::int64_t line = 0;
    while (reader.next(record)) {
        require(record.line > line);
        line = record.line;
        require(record.fault != nullptr ? record.cells.empty() : record.columns >= record.cells.size());
    }
    require(reader.work() <= 16 * (text.content().size() + 64) * 2);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view content(reinterpret_cast<const char *>(data), size);
    try {
        const Text text(content);
        const std::string whole = decode(text, 1U << 20);
        check_utf8(whole);
        require(decode(text, 7) == whole || text.encoding() == Encoding::utf8);
        for (const char separator : {',', ';', '\t'})
            read(text, separator);
    } catch (const roi::core::Error &error) {
        require(error.what()[0] != '\0');
    }
    return 0;
}
