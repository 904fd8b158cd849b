// Which log lines pass, and which are dropped.
#include "kafka/log_throttle.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

int PassMany(LogThrottle& throttle, const std::string& kind, int lines, TimePoint now) {
  int passed = 0;
  for (int i = 0; i < lines; ++i) {
    if (throttle.Pass(kind, kind + std::to_string(i), now)) ++passed;
  }
  return passed;
}

TEST(LogThrottleTest, ATextPassesOnceInAWhileAndTellsHowOftenItWasDropped) {
  LogThrottle throttle;
  const TimePoint now = Clock::now();
  EXPECT_EQ(throttle.Pass("kind", "text", now), 0);
  EXPECT_EQ(throttle.Pass("kind", "text", now), std::nullopt);
  EXPECT_EQ(throttle.Pass("kind", "text", now), std::nullopt);
  EXPECT_EQ(throttle.Pass("kind", "text", now + LogThrottle::kQuiet), 2);
}

TEST(LogThrottleTest, AThousandLinesOfAKindLeaveRoomForOtherKinds) {
  LogThrottle throttle;
  const TimePoint now = Clock::now();
  EXPECT_EQ(PassMany(throttle, "partitions", 1000, now), LogThrottle::kMaxLinesOfKind);
  EXPECT_EQ(throttle.Pass("brokers", "a broker is down", now), 0);
  EXPECT_EQ(PassMany(throttle, "partitions", 1000, now + LogThrottle::kQuiet),
            LogThrottle::kMaxLinesOfKind);
}

TEST(LogThrottleTest, LinesOfAnyKindHaveALimitInAll) {
  LogThrottle throttle;
  const TimePoint now = Clock::now();
  int passed = 0;
  for (int kind = 0; kind < 100; ++kind) {
    passed += PassMany(throttle, "kind " + std::to_string(kind) + " line ", 20, now);
  }
  EXPECT_EQ(passed, static_cast<int>(LogThrottle::kMaxLines));
}

TEST(LogKindTest, IsTheFacilityAndTheErrorAtTheEnd) {
  EXPECT_EQ(LogKindOf("ERROR",
                      "[thrd:app]: a#consumer-1: t [7]: desired partition is not "
                      "available (Local: Unknown partition)"),
            "ERROR (Local: Unknown partition)");
  EXPECT_EQ(LogKindOf("FAIL", "Topic t [7]: no (Broker: Unknown topic or partition)"),
            "FAIL (Broker: Unknown topic or partition)");
}

TEST(LogKindTest, IsTheFacilityOfALineThatNamesNoError) {
  EXPECT_EQ(LogKindOf("FAIL", "Connect to 127.0.0.1:1 failed (after 0ms in state CONNECT)"),
            "FAIL");
  EXPECT_EQ(LogKindOf("FAIL", "group (Local: x) is gone"), "FAIL");
  EXPECT_EQ(LogKindOf("FAIL", ")"), "FAIL");
  EXPECT_EQ(LogKindOf("FAIL", ""), "FAIL");
}

}  // namespace
}  // namespace sluice
