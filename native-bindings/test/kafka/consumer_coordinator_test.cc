// A group's coordinator that moves, loads or goes, and comes back.
#include <gtest/gtest.h>

#include <vector>

#include "kafka/consumer_fixture.h"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds kRefreshed{200};

class ConsumerCoordinatorTest : public ConsumerTest {
 protected:
  void SetCoordinator(int32_t broker) {
    EXPECT_EQ(rd_kafka_mock_coordinator_set(cluster().mock(), "group", "group", broker),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  Message Committed(const std::shared_ptr<Consumer>& consumer) {
    return outbox().Call([&](ReplyTo reply_to) { consumer->GetCommitted({{"t", 0}}, reply_to); });
  }

  Message CommitOffset(const std::shared_ptr<Consumer>& consumer, int64_t offset) {
    return outbox().Call([&](ReplyTo reply_to) {
      consumer->Commit({{{"t", 0}, offset, {}}}, reply_to);
    });
  }

  void ExpectCommitted(const std::shared_ptr<Consumer>& consumer, int64_t offset) {
    const Message reply = Committed(consumer);
    EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
    EXPECT_EQ(reply.text, R"([["t",0,)" + std::to_string(offset) + R"(,""]])");
  }

  /// Waits until the client has heard at least twice of the brokers that there are.
  void AwaitMetadata() {
    const size_t before = cluster().CountRequests(kMetadataRequest);
    EXPECT_TRUE(
        Eventually([&] { return cluster().CountRequests(kMetadataRequest) >= before + 2; }));
  }

  ConsumerSettings RefreshingSettings() {
    ConsumerSettings settings = Settings();
    Set(&settings, "topic.metadata.refresh.interval.ms", std::to_string(kRefreshed.count()));
    return settings;
  }
};

constexpr auto kMoved = RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
constexpr auto kLoading = RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
constexpr auto kMissing = RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE;

TEST_F(ConsumerCoordinatorTest, IsAskedAgainWhileItLoads) {
  const auto consumer = Assigned("t");
  EXPECT_EQ(CommitOffset(consumer, 7).kind, MessageKind::kReply);
  cluster().FailNext(kOffsetFetchRequest, {kLoading, kMoved, kMissing, kLoading});
  ExpectCommitted(consumer, 7);
}

TEST_F(ConsumerCoordinatorTest, IsLookedForAgainWhileThereIsNone) {
  cluster().FailNext(kFindCoordinatorRequest, {kMissing, kMissing, kMissing, kMissing});
  const auto consumer = Assigned("t");
  const Message reply = CommitOffset(consumer, 7);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  ExpectCommitted(consumer, 7);
}

TEST_F(ConsumerCoordinatorTest, TakesCommitsAgainWhenItHasLoaded) {
  const auto consumer = Assigned("t");
  EXPECT_EQ(CommitOffset(consumer, 7).kind, MessageKind::kReply);
  cluster().FailNext(kOffsetCommitRequest, {kLoading, kMoved, kMissing});
  const Message reply = CommitOffset(consumer, 8);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  ExpectCommitted(consumer, 8);
}

TEST_F(ConsumerCoordinatorTest, ThatWasGoneFromTheClusterIsAskedWhenItIsBack) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(rd_kafka_mock_broker_add(cluster().mock(), 2), RD_KAFKA_RESP_ERR_NO_ERROR);
    SetCoordinator(2);
    const auto name = std::to_string(round);
    ConsumerSettings settings = RefreshingSettings();
    settings.name = name;
    const auto consumer = Create(settings);
    if (round == 0) cluster().CreateTopic("t", 1);
    Assign(consumer, {{"t", 0}});
    EXPECT_EQ(CommitOffset(consumer, 7 + round).kind, MessageKind::kReply);
    ExpectCommitted(consumer, 7 + round);
    // Metadata without it makes the client give it up: when it is back, it is another to it.
    ASSERT_EQ(rd_kafka_mock_broker_decommission(cluster().mock(), 2), RD_KAFKA_RESP_ERR_NO_ERROR);
    AwaitMetadata();
    ASSERT_EQ(rd_kafka_mock_broker_add(cluster().mock(), 2), RD_KAFKA_RESP_ERR_NO_ERROR);
    SetCoordinator(2);
    AwaitMetadata();
    ExpectCommitted(consumer, 7 + round);
    EXPECT_EQ(CommitOffset(consumer, 8 + round).kind, MessageKind::kReply);
    ASSERT_EQ(rd_kafka_mock_broker_decommission(cluster().mock(), 2), RD_KAFKA_RESP_ERR_NO_ERROR);
    SetCoordinator(1);
  }
}

}  // namespace
}  // namespace sluice
