// Texts and codes of records that failed.
#include "kafka/error_table.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sluice {
namespace {

constexpr auto kTooLarge = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
constexpr auto kTimedOut = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;

ErrorTable::Rows Rows() {
  return {
      {kTooLarge, {50002, "{size} of {topic}-{partition} is above {limit}, {limit}!"}},
      {kTimedOut, {50003, "{timeout} ms for {topic}"}},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, {40301, ""}},
  };
}

TEST(ErrorTableTest, FillsInTheTextsOfTheTable) {
  ErrorTable table;
  table.Set(Rows());
  EXPECT_EQ(table.RestCode(kTooLarge), 50002);
  EXPECT_EQ(table.Text(kTooLarge, {"orders", 3, 2000, 1000, 0}),
            "2000 of orders-3 is above 1000, 1000!");
  EXPECT_EQ(table.RestCode(kTimedOut), 50003);
  EXPECT_EQ(table.Text(kTimedOut, {"orders", 3, 0, 0, 30'000}), "30000 ms for orders");
}

TEST(ErrorTableTest, TakesLibrdkafkasTextWhereTheTableHasNone) {
  ErrorTable table;
  table.Set(Rows());
  EXPECT_EQ(table.RestCode(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), 40301);
  EXPECT_EQ(table.Text(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, {}),
            "Broker: Topic authorization failed");
}

TEST(ErrorTableTest, AnUnknownCodeIsAnotherKafkaError) {
  ErrorTable table;
  EXPECT_EQ(table.RestCode(kTimedOut), 50002);
  EXPECT_EQ(table.Text(kTimedOut, {}), "Local: Message timed out");
  table.Set(Rows());
  EXPECT_EQ(table.RestCode(RD_KAFKA_RESP_ERR_UNKNOWN), 50002);
  EXPECT_EQ(table.Text(RD_KAFKA_RESP_ERR_UNKNOWN, {}), "Unknown broker error");
}

TEST(ErrorTableTest, ATopicThatLooksLikeAPlaceholderIsNotFilledIn) {
  ErrorTable table;
  table.Set(Rows());
  EXPECT_EQ(table.Text(kTimedOut, {"{timeout}{topic}", 0, 0, 0, 5}), "5 ms for {timeout}{topic}");
}

TEST(ErrorTableTest, TheFirstTableStays) {
  ErrorTable table;
  table.Set(Rows());
  table.Set({{kTimedOut, {1, "other"}}});
  EXPECT_EQ(table.RestCode(kTimedOut), 50003);
}

TEST(ErrorTableTest, ManyEnvironmentsMaySetItWhileOthersRead) {
  ErrorTable table;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      table.Set(Rows());
      for (int i = 0; i < 1000; ++i) EXPECT_EQ(table.RestCode(kTimedOut), 50003);
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace sluice
