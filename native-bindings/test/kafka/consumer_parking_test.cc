// Instances that have records and no reader: they stop fetching, and nothing is lost by that.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/consumer_fixture.h"

namespace sluice {
namespace {

using std::chrono::seconds;

class ConsumerParkingTest : public ConsumerTest {
 protected:
  /// Waits until no member fetches any more: librdkafka would ask twice a second.
  void AwaitPark() {
    EXPECT_TRUE(Eventually([this] {
      const size_t before = cluster().CountRequests(kFetchRequest);
      std::this_thread::sleep_for(seconds(2));
      return before > 0 && cluster().CountRequests(kFetchRequest) == before;
    }));
  }

  /// The mock's rebalances take as long as a session.
  ConsumerSettings Member(const std::string& name) {
    ConsumerSettings settings = Settings("group", name);
    Set(&settings, "session.timeout.ms", "2000");
    return settings;
  }

  static std::vector<std::string> Both(std::vector<std::string> first,
                                       const std::vector<std::string>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  }
};

TEST_F(ConsumerParkingTest, AnInstanceThatNobodyReadsStopsFetchingAndGoesOnWithTheNextRead) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("early", 100));
  AwaitPark();
  cluster().Write("t", 0, Numbered("late", 100));
  EXPECT_EQ(ReadValues(consumer, 200), Both(Numbered("early", 100), Numbered("late", 100)));
  EXPECT_TRUE(ReadNothing(consumer).is_empty());
}

TEST_F(ConsumerParkingTest, ItDoesSoAsOftenAsItIsLeftAlone) {
  const auto consumer = Assigned("t");
  for (int round = 0; round < 3; ++round) {
    const auto written = Numbered(std::to_string(round) + "-", 700);
    cluster().Write("t", 0, written);
    AwaitPark();
    EXPECT_EQ(ReadValues(consumer, 700), written);
  }
}

TEST_F(ConsumerParkingTest, ReadsThatTakeLittleDoNotMakeItFetchMore) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("v", 1000));
  AwaitPark();
  const size_t before = cluster().CountRequests(kFetchRequest);
  ReadLimits limits = AtOnce();
  limits.max_bytes = 100;
  for (int i = 0; i < 3; ++i) {
    DrivenRead read = StartRead(consumer, limits);
    read.Run();
    EXPECT_GT(read.records().size(), 0u);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(cluster().CountRequests(kFetchRequest), before);
}

TEST_F(ConsumerParkingTest, WhatIsTooMuchToKeepIsFetchedAgain) {
  cluster().CreateTopic("t", {Numbered("a", 5000), Numbered("b", 5000)});
  ConsumerSettings settings = Settings();
  Set(&settings, "statistics.interval.ms", "50");
  const auto consumer = Create(std::move(settings));
  Assign(consumer, {{"t", 0}, {"t", 1}});
  AwaitPark();
  EXPECT_TRUE(Eventually([] {
    const int64_t kept = Engine::Get().counters().prefetched_bytes;
    return kept > 0 && kept < 3000 * 5;
  }));
  std::vector<std::string> a;
  std::vector<std::string> b;
  for (std::string& value : ReadValues(consumer, 10'000)) {
    (value[0] == 'a' ? a : b).push_back(std::move(value));
  }
  EXPECT_EQ(a, Numbered("a", 5000));
  EXPECT_EQ(b, Numbered("b", 5000));
  EXPECT_TRUE(ReadNothing(consumer).is_empty());
}

TEST_F(ConsumerParkingTest, ASeekOfWhatIsNotKeptIsNotForgotten) {
  cluster().CreateTopic("t", {Numbered("a", 5000), Numbered("b", 5000)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 1}});
  AwaitPark();
  Seek(consumer, {"t", 0}, 4990);
  Seek(consumer, {"t", 1}, 4990);
  std::vector<std::string> values = ReadValues(consumer, 20);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values.front(), "a4990");
  EXPECT_EQ(values.back(), "b4999");
  EXPECT_TRUE(ReadNothing(consumer).is_empty());
}

TEST_F(ConsumerParkingTest, APartitionOfWhichNothingWasFetchedYetIsReadFromItsStart) {
  cluster().CreateTopic("t", 2);
  cluster().Write("t", 0, Numbered("a", 10));
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 1}});
  AwaitPark();
  cluster().Write("t", 1, Numbered("b", 10));
  EXPECT_EQ(ReadValues(consumer, 20), Both(Numbered("a", 10), Numbered("b", 10)));
}

TEST_F(ConsumerParkingTest, APartitionThatWasRefusedIsReadFromWhereItWas) {
  cluster().CreateTopic("t", 2);
  rd_kafka_mock_partition_set_leader(cluster().mock(), "t", 0, 0);
  rd_kafka_mock_partition_set_leader(cluster().mock(), "t", 1, 1);
  constexpr auto kRefused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  rd_kafka_mock_broker_push_request_error_rtts(cluster().mock(), 0, kFetchRequest, 2,  //
                                               kRefused, 0, kRefused, 0);
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 1}});
  EXPECT_EQ(AwaitFault(consumer).code, kRefused);
  cluster().Write("t", 1, Numbered("b", 10));
  AwaitPark();
  cluster().Write("t", 0, Numbered("a", 10));
  EXPECT_EQ(ReadValues(consumer, 20), Both(Numbered("b", 10), Numbered("a", 10)));
}

TEST_F(ConsumerParkingTest, AReaderThatStallsHoldsUpNothing) {
  const auto consumer = Assigned("t");
  const std::vector<std::string> large(20, std::string(100'000, 'x'));
  cluster().Write("t", 0, large);
  DrivenRead read = StartRead(consumer, Limits());
  ASSERT_TRUE(read.TakeChunk());
  ASSERT_TRUE(read.TakeChunk());
  AwaitPark();
  read.End(false);
  EXPECT_EQ(ReadValues(consumer, large.size()), large);
}

TEST_F(ConsumerParkingTest, ASeekMovesAParkedPartition) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("v", 100));
  AwaitPark();
  Seek(consumer, {"t", 0}, 98);
  EXPECT_EQ(ReadValues(consumer, 2), (std::vector<std::string>{"v98", "v99"}));
  cluster().Write("t", 0, Numbered("w", 100));
  AwaitPark();
  SeekAll(consumer, RD_KAFKA_OFFSET_BEGINNING);
  EXPECT_EQ(ReadValues(consumer, 200), Both(Numbered("v", 100), Numbered("w", 100)));
}

TEST_F(ConsumerParkingTest, AnotherAssignmentIsNotParked) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}});
  AwaitPark();
  Assign(consumer, {{"t", 1}});
  EXPECT_EQ(ReadValues(consumer, 10), Numbered("b", 10));
  Assign(consumer, {{"t", 0}});
  EXPECT_EQ(ReadValues(consumer, 10), Numbered("a", 10));
}

TEST_F(ConsumerParkingTest, ARebalanceGivesItsPartitionsToOthersWithoutLoss) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto first = Create(Member("one"));
  Subscribe(first, {"t"});
  AwaitAssignment(first, 2);
  AwaitPark();
  const auto second = Create(Member("two"));
  Subscribe(second, {"t"});
  AwaitAssignment(second, 1);
  AwaitAssignment(first, 1);
  // Both are parked again, each with its half, when one of them gives its half back.
  AwaitPark();
  Close(second);
  AwaitAssignment(first, 2);
  EXPECT_EQ(Read(first, 20).size(), 20u);
  EXPECT_TRUE(ReadNothing(first).is_empty());
}

}  // namespace
}  // namespace sluice
