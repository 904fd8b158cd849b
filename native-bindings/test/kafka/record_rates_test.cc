#include "kafka/record_rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace sluice {
namespace {

using std::chrono::milliseconds;

RecordRateLimits Wide() {
  constexpr int64_t kMuch = 1'000'000'000;
  return {kMuch, kMuch, kMuch, kMuch, true, milliseconds(0), milliseconds(3'600'000)};
}

/// Rates with a clock that the test sets.
class Trial {
 public:
  explicit Trial(const RecordRateLimits& limits) { rates_.Set(limits); }

  /// How many of `count` records of `size` bytes get their permits, `ms` after the beginning.
  int64_t Take(int64_t ms, size_t count, uint32_t size = 1, const std::string& cluster = "c") {
    std::vector<bool> given;
    wait_ = rates_.Take(cluster, std::vector<uint32_t>(count, size),
                        TimePoint(std::chrono::hours(1)) + milliseconds(ms), &given);
    return std::count(given.begin(), given.end(), true);
  }

  milliseconds wait() const { return std::chrono::duration_cast<milliseconds>(wait_); }

 private:
  RecordRates rates_;
  std::chrono::nanoseconds wait_{0};
};

TEST(RecordRatesTest, EachSecondHasAllOfItsPermits) {
  RecordRateLimits limits = Wide();
  limits.records = 5;
  limits.is_smooth = false;
  Trial trial(limits);
  EXPECT_EQ(trial.Take(0, 7), 5);
  EXPECT_EQ(trial.Take(999, 1), 0);
  EXPECT_EQ(trial.Take(1000, 7), 5);
  EXPECT_EQ(trial.Take(9000, 7), 5);
}

TEST(RecordRatesTest, SmoothPermitsComeOneByOneAndAreKeptForASecond) {
  RecordRateLimits limits = Wide();
  limits.records = 10;
  Trial trial(limits);
  EXPECT_EQ(trial.Take(0, 3), 1);
  EXPECT_EQ(trial.Take(50, 1), 0);
  EXPECT_EQ(trial.Take(100, 3), 1);
  // The one on credit, and ten of a second.
  EXPECT_EQ(trial.Take(10'000, 30), 11);
}

TEST(RecordRatesTest, ARecordOfMoreBytesThanAllPermitsNeverPassesUnlessTheyAreSmooth) {
  RecordRateLimits limits = Wide();
  limits.bytes = 1;
  limits.is_smooth = false;
  EXPECT_EQ(Trial(limits).Take(0, 3, 2), 0);
  limits.is_smooth = true;
  EXPECT_EQ(Trial(limits).Take(0, 3, 2), 1);
}

TEST(RecordRatesTest, ClustersHaveTheirOwnPermitsAndShareThoseOfAll) {
  RecordRateLimits limits = Wide();
  limits.is_smooth = false;
  limits.records = 5;
  limits.cluster_records = 3;
  Trial trial(limits);
  EXPECT_EQ(trial.Take(0, 4, 1, "a"), 3);
  // The refused record has taken one of all.
  EXPECT_EQ(trial.Take(0, 4, 1, "b"), 1);
}

TEST(RecordRatesTest, RecordsWaitForPermitsWithinTheirPatience) {
  RecordRateLimits limits = Wide();
  limits.records = 10;
  limits.patience = milliseconds(250);
  Trial trial(limits);
  EXPECT_EQ(trial.Take(0, 10), 3);
  EXPECT_EQ(trial.wait(), milliseconds(200));
  limits.is_smooth = false;
  limits.patience = milliseconds(1500);
  Trial other(limits);
  EXPECT_EQ(other.Take(0, 25), 20);
  EXPECT_EQ(other.wait(), milliseconds(1000));
}

TEST(RecordRatesTest, AClusterWithoutRecordsIsForgotten) {
  RecordRateLimits limits = Wide();
  limits.cluster_records = 1;
  limits.is_smooth = false;
  limits.patience = milliseconds(10'000);
  limits.expiry = milliseconds(2000);
  Trial trial(limits);
  EXPECT_EQ(trial.Take(0, 9), 9);
  EXPECT_EQ(trial.Take(1500, 20), 3);
  EXPECT_EQ(trial.Take(4600, 9), 9);
}

TEST(RecordRatesTest, ClustersBeyondTheirNumberShareTheirPermits) {
  RecordRateLimits limits = Wide();
  limits.cluster_records = 1;
  limits.is_smooth = false;
  Trial trial(limits);
  for (size_t i = 0; i < RecordRates::kMaxClusters; ++i) {
    EXPECT_EQ(trial.Take(0, 2, 1, std::to_string(i)), 1);
  }
  EXPECT_EQ(trial.Take(0, 1, 1, "x"), 1);
  EXPECT_EQ(trial.Take(0, 1, 1, "y"), 0);
}

}  // namespace
}  // namespace sluice
