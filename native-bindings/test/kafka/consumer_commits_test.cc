// What a commit covers, and when it is refused.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "kafka/consumer_fixture.h"

namespace sluice {
namespace {

/// The mock refuses commits while a group rebalances, which Kafka does not do. So that a revocation
/// waits for a commit is tested with Kafka.
class ConsumerCommitsTest : public ConsumerTest {
 protected:
  /// A member whose group rebalances a second after one comes.
  ConsumerSettings Member(const std::string& name, int commit_wait_ms) {
    ConsumerSettings settings = Settings("group", name);
    Set(&settings, "session.timeout.ms", "2000");
    settings.commit_wait_ms = commit_wait_ms;
    return settings;
  }

  Message TryCommit(const std::shared_ptr<Consumer>& consumer, const TopicPartition& partition,
                    int64_t offset) {
    return outbox().Call([&](ReplyTo reply_to) {
      consumer->Commit({{partition, offset, {}}}, reply_to);
    });
  }
  using ConsumerTest::TryCommit;
};

TEST_F(ConsumerCommitsTest, ACommitAfterARevocationIsAnErrorUntilTheNextRead) {
  for (const int wait_ms : {0, 500}) {
    const std::string topic = "t" + std::to_string(wait_ms);
    cluster().CreateTopic(topic, {Numbered("a", 10), Numbered("b", 10)});
    const auto one = Create(Member("one", wait_ms));
    Subscribe(one, {topic});
    EXPECT_EQ(Read(one, 20).size(), 20u);
    const auto other = Create(Member("other", wait_ms));
    Subscribe(other, {topic});
    AwaitAssignment(other, 1);
    for (int i = 0; i < 2; ++i) {
      const Message late = ConsumerTest::TryCommit(one);
      EXPECT_EQ(late.kind, MessageKind::kKafkaError) << Describe(late);
      EXPECT_EQ(late.code, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST);
    }
    AwaitAssignment(one, 1);
    EXPECT_EQ(Read(one, 10).size(), 10u);
    EXPECT_TRUE(
        Eventually([&] { return ConsumerTest::TryCommit(one).kind == MessageKind::kReply; }));
    Close(one);
    Close(other);
  }
}

TEST_F(ConsumerCommitsTest, OffsetsOfPartitionsOfOtherMembersAreRefused) {
  cluster().CreateTopic("t", 2);
  const auto one = Create(Member("one", 0));
  const auto other = Create(Member("other", 0));
  Subscribe(one, {"t"});
  Subscribe(other, {"t"});
  AwaitAssignment(one, 1);
  AwaitAssignment(other, 1);
  const int32_t foreign = Assignment(one) == R"([["t",0]])" ? 1 : 0;
  const Message late = TryCommit(one, {"t", foreign}, 1);
  EXPECT_EQ(late.code, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST) << Describe(late);
  EXPECT_EQ(cluster().Committed("group", "t", foreign), -1);
}

TEST_F(ConsumerCommitsTest, WhatWasCommittedOfAnUnfinishedResponseDoesNotComeAgain) {
  cluster().CreateTopic("t", {Numbered("a", 10)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}});
  DrivenRead unfinished = StartRead(consumer, AtOnce());
  unfinished.Run(std::nullopt);
  ASSERT_EQ(unfinished.records().size(), 10u);
  const Message reply = TryCommit(consumer, {"t", 0}, 4);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  unfinished.End(false);
  EXPECT_EQ(Read(consumer, 6)[0].offset, 4);
  Commit(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), 10);
}

TEST_F(ConsumerCommitsTest, AClientThatReadsCommittedRecordsAgainAndLeavesGetsThemOnceMore) {
  cluster().CreateTopic("t", {Numbered("a", 10)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}});
  EXPECT_EQ(Read(consumer, 10).size(), 10u);
  Seek(consumer, {"t", 0}, 0);
  // As that of a commit that was under way during the seek.
  const Message reply = TryCommit(consumer, {"t", 0}, 10);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  ReadLimits three = Limits();
  three.max_bytes = 7;
  DrivenRead unfinished = StartRead(consumer, three);
  unfinished.Run(false);
  EXPECT_EQ(Read(consumer, 10)[0].offset, 0);
}

}  // namespace
}  // namespace sluice
