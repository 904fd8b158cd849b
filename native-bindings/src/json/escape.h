// The content of JSON strings, between the quotes: escaping it, and taking it back.
#ifndef SLUICE_JSON_ESCAPE_H_
#define SLUICE_JSON_ESCAPE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::json {

/// The bytes that a step has read and written.
struct Progress {
  size_t read = 0;
  size_t written = 0;
};

/// The longest escape of one byte: \u001F.
inline constexpr size_t kMaxEscapeSize = 6;

/// Escapes bytes of `text`, which is UTF-8, until the next escape has no room in `capacity` bytes.
/// Writes short escapes where JSON has them, else \u00XX in upper case; '/' and bytes outside ASCII
/// stay. May overwrite all of `capacity`. Safe from any thread.
Progress Escape(std::string_view text, char* out, size_t capacity);

/// Appends `text`, escaped and in quotes, to `out`. Malformed UTF-8 becomes U+FFFD. Safe from any
/// thread.
void AppendQuoted(std::string_view text, std::string* out);

/// The offset of the first backslash in `content` that begins no escape of JSON's, or
/// `content.size()`. Lone surrogates are escapes. Safe from any thread.
size_t FindBadEscape(std::string_view content);

/// Returned by Unescape() for an unpaired surrogate, which UTF-8 cannot encode.
inline constexpr size_t kLoneSurrogate = SIZE_MAX;

/// Writes `content` without its escapes to `out`, which may be `content` itself and must be as
/// large. FindBadEscape() found nothing. Returns the number of bytes or kLoneSurrogate. Safe from
/// any thread.
size_t Unescape(std::string_view content, char* out);

}  // namespace sluice::json

#endif  // SLUICE_JSON_ESCAPE_H_
