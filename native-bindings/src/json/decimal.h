// Integers as decimal text, eight digits a step, without a division or a branch per digit.
#ifndef SLUICE_JSON_DECIMAL_H_
#define SLUICE_JSON_DECIMAL_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sluice {

static_assert(std::endian::native == std::endian::little, "The first digit is in the low byte.");

/// Room that WriteDecimal() needs: -9223372036854775808.
inline constexpr size_t kMaxDecimalSize = 20;

/// The eight digits of `value`, which is below 10^8, one in each byte, the first in the lowest.
/// Safe from any thread.
inline uint64_t EightDigits(uint32_t value) {
  // Each step splits all numbers in the word at once: into halves of four, two and one digits. The
  // multiplications with a shift are exact divisions by 100 and 10 for numbers that small.
  const uint64_t fours = value / 10000 | static_cast<uint64_t>(value % 10000) << 32;
  const uint64_t hundreds = (fours * 10486 >> 20) & 0x0000007F0000007F;
  const uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
  const uint64_t tens = (twos * 103 >> 10) & 0x000F000F000F000F;
  return tens | (twos - tens * 10) << 8;
}

/// Writes `value`, which is below 10^8, without leading zeros, and returns the end of it. Scribbles
/// over eight bytes. Safe from any thread.
inline char* WriteUpToEightDigits(uint32_t value, char* out) {
  const uint64_t digits = EightDigits(value);
  // Zero itself has one digit, so the last byte never counts.
  const int zeros = std::countr_zero(digits | uint64_t{1} << 56) / 8;
  const uint64_t text = (digits | 0x3030303030303030) >> (8 * zeros);
  std::memcpy(out, &text, 8);
  return out + 8 - zeros;
}

/// Writes `value`, which is below 10^8, as eight digits, and returns the end of them. Safe
/// from any thread.
inline char* WriteEightDigits(uint32_t value, char* out) {
  const uint64_t text = EightDigits(value) | 0x3030303030303030;
  std::memcpy(out, &text, 8);
  return out + 8;
}

/// Writes `value` to `out`, which has room for kMaxDecimalSize, and returns the end of it. May
/// scribble over all of that room. Safe from any thread.
inline char* WriteDecimal(int64_t value, char* out) {
  constexpr uint64_t kStep = 100'000'000;
  uint64_t rest = static_cast<uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    rest = 0 - rest;
  }
  if (rest < kStep) return WriteUpToEightDigits(static_cast<uint32_t>(rest), out);
  const auto low = static_cast<uint32_t>(rest % kStep);
  rest /= kStep;
  if (rest < kStep) {
    out = WriteUpToEightDigits(static_cast<uint32_t>(rest), out);
  } else {
    out = WriteUpToEightDigits(static_cast<uint32_t>(rest / kStep), out);
    out = WriteEightDigits(static_cast<uint32_t>(rest % kStep), out);
  }
  return WriteEightDigits(low, out);
}

}  // namespace sluice

#endif  // SLUICE_JSON_DECIMAL_H_
