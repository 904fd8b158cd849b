// UTF-8: validation, the first malformed character, cutting between characters.
#ifndef SLUICE_JSON_UTF8_H_
#define SLUICE_JSON_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::utf8 {

/// Whether `text` is well-formed: no surrogates, no overlong forms. Vectorised. Safe from any
/// thread.
bool IsValid(std::string_view text);

/// The offset of the first character that is not well-formed, or `text.size()`. Slow: for error
/// messages. Safe from any thread.
size_t FindInvalid(std::string_view text);

/// `text` with U+FFFD for each byte that is not part of a well-formed character. Safe from any
/// thread.
std::string Repair(std::string_view text);

/// The longest beginning of `text` that has at most `size` bytes and, if `text` is well-formed,
/// ends with a whole character. Safe from any thread.
std::string_view Cut(std::string_view text, size_t size);

/// The halves of a pair of UTF-16. Safe from any thread.
constexpr bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// Writes a code point that is no surrogate, with up to four bytes. Returns the end of it. Safe
/// from any thread.
char* Write(uint32_t code_point, char* out);

}  // namespace sluice::utf8

#endif  // SLUICE_JSON_UTF8_H_
