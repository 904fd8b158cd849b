// Encodings of JSON texts: UTF-8, and UTF-16 and UTF-32 in both byte orders, as Jackson detects
// them.
#ifndef SLUICE_JSON_ENCODING_H_
#define SLUICE_JSON_ENCODING_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice::json {

enum class Encoding { kUtf8, kUtf16Le, kUtf16Be, kUtf32Le, kUtf32Be };

/// The encoding of a text, and how many bytes its byte order mark has (0: there is none).
struct DetectedEncoding {
  Encoding encoding = Encoding::kUtf8;
  size_t mark_size = 0;
};

/// Detects the encoding by the byte order mark, or by the zero bytes of the first character: JSON
/// begins with an ASCII character, and contains no NUL. Safe from any thread.
DetectedEncoding DetectEncoding(std::string_view text);

/// `text` without a byte order mark of UTF-8. Safe from any thread.
std::string_view WithoutMark(std::string_view text);

/// The number of bytes in UTF-8 of a text in UTF-16 or UTF-32, without its mark; nothing when the
/// text is malformed. Safe from any thread.
std::optional<size_t> SizeInUtf8(std::string_view text, Encoding encoding);

/// Writes a text that has a SizeInUtf8() in UTF-8. Returns the end of it. Safe from any thread.
char* WriteInUtf8(std::string_view text, Encoding encoding, char* out);

}  // namespace sluice::json

#endif  // SLUICE_JSON_ENCODING_H_
