// Integers around every change of length, and many more.
#include "json/decimal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace sluice {
namespace {

std::string Decimal(int64_t value) {
  const auto room = std::make_unique<char[]>(kMaxDecimalSize);
  return std::string(room.get(), WriteDecimal(value, room.get()));
}

TEST(DecimalTest, WritesTheLimits) {
  EXPECT_EQ(Decimal(0), "0");
  EXPECT_EQ(Decimal(-1), "-1");
  EXPECT_EQ(Decimal(std::numeric_limits<int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(Decimal(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
}

TEST(DecimalTest, WritesNeighboursOfPowersOfTen) {
  for (int64_t power = 1; power < std::numeric_limits<int64_t>::max() / 10; power *= 10) {
    for (const int64_t value : {power - 1, power, power + 1, 9 * power, -power, 1 - power}) {
      EXPECT_EQ(Decimal(value), std::to_string(value));
    }
  }
}

TEST(DecimalTest, WritesNumbersOfAllSizes) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 1'000'000; ++round) {
    const auto value = static_cast<int64_t>(random() >> random() % 64);
    ASSERT_EQ(Decimal(value), std::to_string(value));
  }
}

TEST(DecimalTest, SplitsAllNumbersOfFourDigitsTwice) {
  for (uint32_t low = 0; low < 10000; ++low) {
    for (const uint32_t high : {0u, 1u, 9999u, low}) {
      const uint64_t digits = EightDigits(high * 10000 + low);
      uint32_t value = 0;
      for (int i = 0; i < 8; ++i) value = value * 10 + (digits >> 8 * i & 0xFF);
      ASSERT_EQ(value, high * 10000 + low);
    }
  }
}

}  // namespace
}  // namespace sluice
