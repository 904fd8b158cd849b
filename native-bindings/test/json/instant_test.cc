#include "json/instant.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::json {
namespace {

std::string Written(int64_t milliseconds) {
  char text[kMaxInstantSize];
  return {text, static_cast<size_t>(WriteInstant(milliseconds, text) - text)};
}

TEST(InstantTest, IsoTextsAreRead) {
  const std::pair<std::string_view, int64_t> cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-08-01T10:15:30Z", 1785579330000},
      {"2026-08-01T10:15:30.1Z", 1785579330100},
      {"2026-08-01T10:15:30.123Z", 1785579330123},
      {"2026-08-01T10:15:30.123999999Z", 1785579330123},
      {"2026-08-01T12:15:30+02:00", 1785579330000},
      {"2026-08-01T04:45:30-05:30", 1785579330000},
      {"2026-08-01T10:15Z", 1785579300000},
      {"2024-02-29T00:00:00Z", 1709164800000},
      {"1969-12-31T23:59:59.999Z", -1},
  };
  for (const auto& [text, moment] : cases) EXPECT_EQ(ParseInstant(text), moment) << text;
}

TEST(InstantTest, SecondsMayHaveAFraction) {
  const std::pair<std::string_view, int64_t> cases[] = {
      {"0", 0},          {"1", 1000},      {"1785579330.5", 1785579330500},
      {"-1.001", -1001}, {"1.0009", 1000}, {"253402300799.999", 253402300799999},
  };
  for (const auto& [text, moment] : cases) EXPECT_EQ(ParseInstant(text), moment) << text;
}

TEST(InstantTest, OtherTextsAreNone) {
  for (const std::string_view text :
       {"", "x", "-", "1.", ".5", "1e3", "1 ", "2026-08-01", "2026-08-01T10:15:30",
        "2026-13-01T10:15:30Z", "2026-02-29T10:15:30Z", "2026-08-01T24:00:00Z",
        "2026-08-01 10:15:30Z", "2026-08-01T10:15:30ZZ", "2026-08-01T10:15:30.Z",
        "2026-08-01T10:15:30+2:00", "253402300800", "99999999999999999999999"}) {
    EXPECT_FALSE(ParseInstant(text).has_value()) << text;
  }
}

TEST(InstantTest, WhatIsWrittenHasMillisecondsUnlessTheyAreZero) {
  EXPECT_EQ(Written(1785579330123), "2026-08-01T10:15:30.123Z");
  EXPECT_EQ(Written(1785579330000), "2026-08-01T10:15:30Z");
  EXPECT_EQ(Written(1785579330007), "2026-08-01T10:15:30.007Z");
  EXPECT_EQ(Written(0), "1970-01-01T00:00:00Z");
}

TEST(InstantTest, WhatIsWrittenIsReadBack) {
  for (int64_t moment = 1; moment < 253'402'300'799'000; moment += 86'400'000LL * 17 + 3'661'001) {
    EXPECT_EQ(ParseInstant(Written(moment)), moment);
  }
}

}  // namespace
}  // namespace sluice::json
