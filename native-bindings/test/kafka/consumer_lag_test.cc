// The lag of consumer instances, and the durations of their reads.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>

#include "kafka/consumer_fixture.h"
#include "kafka/durations.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

class ConsumerLagTest : public ConsumerTest {
 protected:
  ConsumerLagTest() {
    EngineLimits limits = TestLimits();
    limits.max_lag_partitions = 1000;
    EXPECT_TRUE(Engine::Get().Configure(limits));
  }

  /// An instance that measures often.
  ConsumerSettings OftenMeasured() {
    ConsumerSettings settings = Settings();
    Set(&settings, "statistics.interval.ms", "50");
    return settings;
  }

  static bool HasLag(const std::shared_ptr<Consumer>& consumer, const LagReport::Lags& lags) {
    return Eventually([&] { return consumer->lags() == lags; });
  }
};

TEST_F(ConsumerLagTest, TheLagIsTheRecordsThatWereNotDeliveredYet) {
  const auto consumer = Assigned("t", OftenMeasured());
  cluster().Write("t", 0, Numbered("v", 10));
  EXPECT_EQ(ReadValues(consumer, 10).size(), 10u);
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 0}}));
  // The records are fetched ahead, and no read has delivered them.
  cluster().Write("t", 0, Numbered("w", 7));
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 7}}));
  Seek(consumer, {"t", 0}, 4);
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 13}}));
}

TEST_F(ConsumerLagTest, APartitionWithoutRecordsHasNoLag) {
  const auto consumer = Assigned("t", OftenMeasured());
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 0}}));
}

TEST_F(ConsumerLagTest, RecordsOfAReadThatIsNotOverAreNotDelivered) {
  const auto consumer = Assigned("t", OftenMeasured());
  cluster().Write("t", 0, Numbered("v", 10));
  DrivenRead read = StartRead(consumer, AtOnce());
  ASSERT_TRUE(read.TakeChunk());
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 10}}));
  read.Run();
  ReadValues(consumer, 10 - read.records().size());
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 0}}));
}

TEST_F(ConsumerLagTest, TheLagOfAnInstanceThatNobodyReadsGrowsThoughItFetchesNothing) {
  const auto consumer = Assigned("t", OftenMeasured());
  cluster().Write("t", 0, Numbered("v", 10));
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 10}}));
  EXPECT_TRUE(Eventually([this] {
    const size_t before = cluster().CountRequests(kFetchRequest);
    std::this_thread::sleep_for(milliseconds(2000));
    return before > 0 && cluster().CountRequests(kFetchRequest) == before;
  }));
  cluster().Write("t", 0, Numbered("w", 100));
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 110}}));
}

TEST_F(ConsumerLagTest, APartitionThatIsNotAssignedHasNone) {
  cluster().CreateTopic("t", {Numbered("a", 3), Numbered("b", 5)});
  const auto consumer = Create(OftenMeasured());
  Assign(consumer, {{"t", 0}, {"t", 1}});
  EXPECT_TRUE(HasLag(consumer, {{{"t", 0}, 3}, {{"t", 1}, 5}}));
  Assign(consumer, {{"t", 1}});
  EXPECT_TRUE(HasLag(consumer, {{{"t", 1}, 5}}));
  Close(consumer);
  EXPECT_TRUE(consumer->lags().empty());
}

TEST_F(ConsumerLagTest, NothingIsMeasuredOrAskedUnlessItIsWanted) {
  EXPECT_TRUE(Engine::Get().Configure(TestLimits()));
  const auto consumer = Assigned("t", OftenMeasured());
  cluster().Write("t", 0, Numbered("v", 10));
  EXPECT_TRUE(Eventually([] { return Engine::Get().counters().prefetched_bytes > 0; }));
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_TRUE(consumer->lags().empty());
}

int64_t Sum(const Durations::Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

TEST_F(ConsumerLagTest, TheDurationsOfAReadDoNotContainItsWaitForRecords) {
  const auto consumer = Assigned("t");
  Durations& first_bytes = Engine::Get().read_first_bytes();
  Durations& work = Engine::Get().read_work();
  const int64_t first_before = first_bytes.sum_us();
  const int64_t work_before = work.sum_us();
  const int64_t count_before = Sum(first_bytes.counts());
  EXPECT_TRUE(ReadNothing(consumer).is_empty());
  EXPECT_EQ(Sum(first_bytes.counts()), count_before);
  DrivenRead read = StartRead(consumer, AtOnce());
  constexpr milliseconds kWait{3000};
  std::this_thread::sleep_for(kWait);
  cluster().Write("t", 0, {"v"});
  read.Run();
  EXPECT_EQ(read.records().size(), 1u);
  EXPECT_EQ(Sum(first_bytes.counts()), count_before + 1);
  const auto wait_us = std::chrono::microseconds(kWait).count();
  EXPECT_LT(first_bytes.sum_us() - first_before, wait_us);
  EXPECT_LT(work.sum_us() - work_before, wait_us);
}

TEST(DurationsTest, ADurationCountsInTheFirstBucketWhoseBoundItDoesNotExceed) {
  Durations durations;
  for (const int us : {0, 50, 51, 1000, 20'000'000}) {
    durations.Observe(std::chrono::microseconds(us));
  }
  const Durations::Counts counts = durations.counts();
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 1);
  EXPECT_EQ(counts[4], 1);
  EXPECT_EQ(counts.back(), 1);
  EXPECT_EQ(Sum(counts), 5);
  EXPECT_EQ(durations.sum_us(), 20'001'101);
}

}  // namespace
}  // namespace sluice
