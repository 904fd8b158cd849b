#include "json/encoding.h"

#include <cstdint>

#include "json/utf8.h"

namespace sluice::json {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

// A mark that begins with another one comes before it.
struct Mark {
  std::string_view bytes;
  Encoding encoding;
};
constexpr Mark kMarks[] = {
    {kUtf8Mark, Encoding::kUtf8},
    {{"\xFF\xFE\0\0", 4}, Encoding::kUtf32Le},
    {{"\0\0\xFE\xFF", 4}, Encoding::kUtf32Be},
    {{"\xFF\xFE", 2}, Encoding::kUtf16Le},
    {{"\xFE\xFF", 2}, Encoding::kUtf16Be},
};

constexpr bool IsBigEndian(Encoding encoding) {
  return encoding == Encoding::kUtf16Be || encoding == Encoding::kUtf32Be;
}

constexpr size_t UnitSize(Encoding encoding) {
  if (encoding == Encoding::kUtf8) return 1;
  return encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be ? 2 : 4;
}

constexpr bool IsSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xE000; }

constexpr uint32_t kLastCodePoint = 0x10FFFF;

// The number of `kSize` bytes at `bytes`.
template <size_t kSize, bool kBigEndian>
uint32_t UnitAt(const char* bytes) {
  uint32_t unit = 0;
  for (size_t i = 0; i < kSize; ++i) {
    const size_t shift = 8 * (kBigEndian ? kSize - 1 - i : i);
    unit |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << shift;
  }
  return unit;
}

// Calls `visit` with each code point. Returns whether the text is well-formed.
template <size_t kSize, bool kBigEndian, typename Visit>
bool ForEachCodePoint(std::string_view text, Visit visit) {
  if (text.size() % kSize != 0) return false;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end; at += kSize) {
    uint32_t unit = UnitAt<kSize, kBigEndian>(at);
    if (kSize == 2 && utf8::IsHighSurrogate(unit)) {
      at += kSize;
      if (at == end) return false;
      const uint32_t low = UnitAt<kSize, kBigEndian>(at);
      if (!utf8::IsLowSurrogate(low)) return false;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else if (IsSurrogate(unit) || unit > kLastCodePoint) {
      return false;
    }
    visit(unit);
  }
  return true;
}

template <typename Visit>
bool ForEachCodePoint(std::string_view text, Encoding encoding, Visit visit) {
  switch (encoding) {
    case Encoding::kUtf16Le:
      return ForEachCodePoint<2, false>(text, visit);
    case Encoding::kUtf16Be:
      return ForEachCodePoint<2, true>(text, visit);
    case Encoding::kUtf32Le:
      return ForEachCodePoint<4, false>(text, visit);
    case Encoding::kUtf32Be:
      return ForEachCodePoint<4, true>(text, visit);
    case Encoding::kUtf8:
      return false;  // There is nothing to convert.
  }
  __builtin_unreachable();
}

constexpr size_t SizeOf(uint32_t code_point) {
  if (code_point < 0x80) return 1;
  if (code_point < 0x800) return 2;
  return code_point < 0x10000 ? 3 : 4;
}

}  // namespace

DetectedEncoding DetectEncoding(std::string_view text) {
  for (const Mark& mark : kMarks) {
    if (text.starts_with(mark.bytes)) return {mark.encoding, mark.bytes.size()};
  }
  // The longer encodings first: their first unit looks like one of the shorter ones.
  for (const Encoding encoding :
       {Encoding::kUtf32Be, Encoding::kUtf32Le, Encoding::kUtf16Be, Encoding::kUtf16Le}) {
    const size_t size = UnitSize(encoding);
    if (text.size() < size) continue;
    const size_t ascii_at = IsBigEndian(encoding) ? size - 1 : 0;
    bool fits = true;
    for (size_t i = 0; i < size; ++i) fits = fits && (text[i] != 0) == (i == ascii_at);
    if (fits) return {encoding, 0};
  }
  return {};
}

std::string_view WithoutMark(std::string_view text) {
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  return text;
}

std::optional<size_t> SizeInUtf8(std::string_view text, Encoding encoding) {
  size_t size = 0;
  const bool is_valid =
      ForEachCodePoint(text, encoding, [&](uint32_t code_point) { size += SizeOf(code_point); });
  return is_valid ? std::optional(size) : std::nullopt;
}

char* WriteInUtf8(std::string_view text, Encoding encoding, char* out) {
  ForEachCodePoint(text, encoding,
                   [&](uint32_t code_point) { out = utf8::Write(code_point, out); });
  return out;
}

}  // namespace sluice::json
