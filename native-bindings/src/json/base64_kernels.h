// The implementations behind base64.h, one per instruction set. For base64.cc and the tests only.
#ifndef SLUICE_JSON_BASE64_KERNELS_H_
#define SLUICE_JSON_BASE64_KERNELS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::base64 {

/// Translates whole groups of three bytes or four characters. base64.cc translates the end of a
/// text and its padding.
struct Kernel {
  const char* name;

  /// Whether this processor can run it. Safe from any thread.
  bool (*is_supported)();

  /// Encodes `size` bytes, a multiple of three, to exactly `size / 3 * 4` characters. Safe from any
  /// thread.
  void (*encode_groups)(const char* in, size_t size, char* out);

  /// Decodes `size` characters, a multiple of four, into `out`, which may be `in` itself and must
  /// have room for `size` bytes. Returns whether all characters are of the alphabet. Safe from any
  /// thread.
  bool (*decode_groups)(const char* in, size_t size, char* out);
};

/// The kernels that were compiled in, fastest first. Every processor supports the last one.
extern const Kernel kKernels[];
/// The number of kKernels.
extern const size_t kKernelCount;

/// Encode() of base64.h with a kernel of the caller's choice. Safe from any thread.
size_t Encode(const Kernel& kernel, const char* in, size_t size, char* out);
/// Decode() of base64.h with a kernel of the caller's choice. Safe from any thread.
size_t Decode(const Kernel& kernel, const char* in, size_t size, char* out);

/// The character of each six bits.
inline constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The element of kSextets for a character outside the alphabet.
inline constexpr uint8_t kNoSextet = 0xFF;

/// The six bits that each character stands for.
inline constexpr std::array<uint8_t, 256> kSextets = [] {
  std::array<uint8_t, 256> sextets;
  sextets.fill(kNoSextet);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    sextets[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return sextets;
}();

/// The element of kSextets for `character`. Safe from any thread.
inline uint32_t Sextet(char character) { return kSextets[static_cast<uint8_t>(character)]; }

}  // namespace sluice::base64

#endif  // SLUICE_JSON_BASE64_KERNELS_H_
