// Standard base64 (RFC 4648, section 4), vectorised: AVX2, SSSE3 or scalar, chosen at start.
#ifndef SLUICE_JSON_BASE64_H_
#define SLUICE_JSON_BASE64_H_

#include <cstddef>
#include <cstdint>

namespace sluice::base64 {

/// Bytes that Encode() writes for `size` bytes of input, with padding.
constexpr size_t EncodedSize(size_t size) { return (size + 2) / 3 * 4; }

/// Writes EncodedSize(size) characters to `out`, and not one more. Returns that number.
/// Safe from any thread.
size_t Encode(const char* in, size_t size, char* out);

/// Returned by Decode() for text that is not base64.
inline constexpr size_t kInvalid = SIZE_MAX;

/// Decodes `size` characters into `out`, which may be `in` itself (decoding in place) and must
/// have room for `size` bytes. Returns the number of bytes, or kInvalid.
///
/// Accepts the standard alphabet only, missing or surplus padding, and no white space. Refuses a
/// length of 1 (mod 4) without its padding (docs/conformance.md#7.1). Safe from any thread.
size_t Decode(const char* in, size_t size, char* out);

}  // namespace sluice::base64

#endif  // SLUICE_JSON_BASE64_H_
