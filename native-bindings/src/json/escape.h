// The content of JSON strings, between the quotes: escaping it, and taking it back.
#ifndef SLUICE_JSON_ESCAPE_H_
#define SLUICE_JSON_ESCAPE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::json {

/// How far a piece of work got.
struct Progress {
  size_t read = 0;
  size_t written = 0;
};

/// The most that one byte becomes when it is escaped: \u001F.
inline constexpr size_t kMaxEscapeSize = 6;

/// Escapes as many bytes of `text`, which is UTF-8, as have room in `capacity` bytes, whole escapes
/// only; stops before the first that hasn't. Writes short escapes where JSON has them, else \u00XX
/// in upper case; '/' and bytes outside ASCII stay. Scribbles over no more than `capacity`. Safe
/// from any thread.
Progress Escape(std::string_view text, char* out, size_t capacity);

/// Appends `text`, escaped and in quotes, to `out`. What isn't UTF-8 becomes U+FFFD. Safe from any
/// thread.
void AppendQuoted(std::string_view text, std::string* out);

/// The offset of the first backslash in `content` that begins no escape of JSON's, or
/// `content.size()`. Lone surrogates are escapes. Safe from any thread.
size_t FindBadEscape(std::string_view content);

/// Returned by Unescape() for a surrogate that is half of no pair, and so is not Unicode text.
inline constexpr size_t kLoneSurrogate = SIZE_MAX;

/// Writes what `content` stands for to `out`, which may be where `content` is and has room for as
/// much. FindBadEscape() found nothing. Returns the number of bytes or kLoneSurrogate. Safe from
/// any thread.
size_t Unescape(std::string_view content, char* out);

}  // namespace sluice::json

#endif  // SLUICE_JSON_ESCAPE_H_
