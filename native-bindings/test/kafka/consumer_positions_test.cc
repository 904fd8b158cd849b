// Where an instance is: seeks, commits, and what was fetched before them.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer_fixture.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

class ConsumerPositionsTest : public ConsumerTest {
 protected:
  Message TryCommitted(const std::shared_ptr<Consumer>& consumer,
                       std::vector<TopicPartition> partitions) {
    return outbox().Call(
        [&](ReplyTo reply_to) { consumer->GetCommitted(std::move(partitions), reply_to); });
  }

  std::string Committed(const std::shared_ptr<Consumer>& consumer,
                        std::vector<TopicPartition> partitions) {
    const Message reply = TryCommitted(consumer, std::move(partitions));
    EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
    return reply.text;
  }

  Message CommitOffsets(const std::shared_ptr<Consumer>& consumer,
                        std::vector<PartitionOffset> offsets) {
    return outbox().Call([&](ReplyTo reply_to) { consumer->Commit(std::move(offsets), reply_to); });
  }

  Message SeekToTime(const std::shared_ptr<Consumer>& consumer,
                     std::vector<PartitionOffset> timestamps) {
    return outbox().Call(
        [&](ReplyTo reply_to) { consumer->Seek({}, std::move(timestamps), reply_to); });
  }

  /// A member whose group rebalances within a second of a change.
  ConsumerSettings Member(const std::string& group, const std::string& strategy) {
    ConsumerSettings settings = Settings(group);
    Set(&settings, "partition.assignment.strategy", strategy);
    Set(&settings, "session.timeout.ms", "2000");
    return settings;
  }

  /// Returns when `act` has caused a ListOffsets request, whose answer takes 400 ms.
  template <typename Act>
  void AwaitSlowListOffsets(Act act) {
    rd_kafka_mock_start_request_tracking(cluster().mock());
    for (const int32_t broker : {0, 1}) {
      rd_kafka_mock_broker_push_request_error_rtts(cluster().mock(), broker, kListOffsetsRequest, 1,
                                                   RD_KAFKA_RESP_ERR_NO_ERROR, 400);
    }
    act();
    ASSERT_TRUE(Eventually([&] { return cluster().CountRequests(kListOffsetsRequest) > 0; }));
  }

  /// Of records of two bytes each: three are delivered, and more are read by a client that leaves.
  void DeliverThree(const std::shared_ptr<Consumer>& consumer) {
    ReadLimits three = Limits();
    three.max_bytes = 7;
    DrivenRead delivered = StartRead(consumer, three);
    delivered.Run();
    ASSERT_EQ(delivered.records().size(), 3u);
    DrivenRead lost = StartRead(consumer, AtOnce());
    lost.Run(false);
  }
};

TEST_F(ConsumerPositionsTest, ACommitCoversExactlyWhatWasDelivered) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  ASSERT_NO_FATAL_FAILURE(DeliverThree(consumer));
  DrivenRead open = StartRead(consumer, AtOnce());
  ASSERT_TRUE(open.TakeChunk());
  Commit(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), 3);
  open.Run();
  Commit(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), static_cast<int64_t>(3 + open.records().size()));
}

TEST_F(ConsumerPositionsTest, ACommitOfNothingIsAnswered) {
  const auto consumer = Assigned("t");
  Commit(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), -1);
}

TEST_F(ConsumerPositionsTest, AnInstanceGoesOnFromTheCommittedOffset) {
  auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 5));
  EXPECT_EQ(Read(consumer, 5).size(), 5u);
  Commit(consumer);
  Close(consumer);
  cluster().Write("t", 0, {"next"});
  consumer = Create(Settings("group", "two"));
  Assign(consumer, {{"t", 0}});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"next"});
}

TEST_F(ConsumerPositionsTest, AutoCommitOnCloseCommitsWhatWasDelivered) {
  for (const bool by_group : {false, true}) {
    const std::string group = by_group ? "joined" : "assigned";
    const std::string topic = "t-" + group;
    ConsumerSettings settings = Settings(group);
    Set(&settings, "enable.auto.commit", "true");
    Set(&settings, "auto.commit.interval.ms", "3600000");
    cluster().CreateTopic(topic, 1);
    cluster().Write(topic, 0, Numbered("a", 10));
    const auto consumer = Create(settings);
    if (by_group) {
      Subscribe(consumer, {topic});
    } else {
      Assign(consumer, {{topic, 0}});
    }
    ASSERT_NO_FATAL_FAILURE(DeliverThree(consumer));
    DrivenRead open = StartRead(consumer, AtOnce());
    ASSERT_TRUE(open.TakeChunk());
    Close(consumer);
    EXPECT_EQ(cluster().Committed(group, topic, 0), 3) << group;
  }
}

TEST_F(ConsumerPositionsTest, AutoCommitCommitsByAndByWhatWasDelivered) {
  ConsumerSettings settings = Settings();
  Set(&settings, "enable.auto.commit", "true");
  Set(&settings, "auto.commit.interval.ms", "50");
  const auto consumer = Assigned("t", settings);
  cluster().Write("t", 0, Numbered("a", 10));
  DrivenRead open = StartRead(consumer, AtOnce());
  ASSERT_TRUE(open.TakeChunk());
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(cluster().Committed("group", "t", 0), -1);
  open.Run();
  EXPECT_TRUE(Eventually([&] {
    return cluster().Committed("group", "t", 0) == static_cast<int64_t>(open.records().size());
  }));
}

TEST_F(ConsumerPositionsTest, WithoutAutoCommitNothingIsCommitted) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 5));
  EXPECT_EQ(Read(consumer, 5).size(), 5u);
  Close(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), -1);
}

TEST_F(ConsumerPositionsTest, OffsetsAreCommittedAsTheyAre) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 5));
  EXPECT_EQ(CommitOffsets(consumer, {{{"t", 0}, 42, "a \"note\""}}).kind, MessageKind::kReply);
  EXPECT_EQ(Committed(consumer, {{"t", 0}}), R"([["t",0,42,"a \"note\""]])");
  EXPECT_EQ(CommitOffsets(consumer, {{{"t", 0}, 7, ""}}).kind, MessageKind::kReply);
  EXPECT_EQ(Committed(consumer, {{"t", 0}}), R"([["t",0,7,""]])");
}

TEST_F(ConsumerPositionsTest, MetadataOfACommitMayHoldANul) {
  const auto consumer = Assigned("t");
  const std::string metadata("a\0b", 3);
  EXPECT_EQ(CommitOffsets(consumer, {{{"t", 0}, 42, metadata}}).kind, MessageKind::kReply);
  EXPECT_EQ(Committed(consumer, {{"t", 0}}), R"([["t",0,42,"a\u0000b"]])");
}

TEST_F(ConsumerPositionsTest, PartitionsWithoutACommittedOffsetAreLeftOut) {
  const auto consumer = Assigned("t");
  cluster().CreateTopic("u", 2);
  EXPECT_EQ(CommitOffsets(consumer, {{{"u", 1}, 1, ""}}).kind, MessageKind::kReply);
  EXPECT_EQ(Committed(consumer, {{"t", 0}, {"u", 0}, {"u", 1}}), R"([["u",1,1,""]])");
}

TEST_F(ConsumerPositionsTest, ACommitThatTheBrokerRefusesSaysSo) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(Read(consumer, 1).size(), 1u);
  cluster().FailNext(kOffsetCommitRequest, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
  const Message reply = TryCommit(consumer);
  EXPECT_EQ(reply.kind, MessageKind::kKafkaError);
  EXPECT_EQ(reply.code, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
  Commit(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), 1);
}

TEST_F(ConsumerPositionsTest, ACommitWithoutABrokerIsAnsweredInTime) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(Read(consumer, 1).size(), 1u);
  cluster().SetDown();
  const auto start = Clock::now();
  EXPECT_EQ(TryCommit(consumer).kind, MessageKind::kKafkaError);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(30));
}

TEST_F(ConsumerPositionsTest, ACommitThatWasGivenUpDoesNoHarmWhenBrokersComeBack) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(Read(consumer, 1)[0].offset, 0);
  cluster().SetDown();
  EXPECT_NE(TryCommit(consumer).kind, MessageKind::kReply);
  cluster().SetUp();
  EXPECT_TRUE(Eventually([&] { return TryCommit(consumer).kind == MessageKind::kReply; }));
}

TEST_F(ConsumerPositionsTest, QuestionsToALostCoordinatorAreBounded) {
  const auto consumer = Assigned("t");
  cluster().SetDown();
  for (int i = 0; i < 100; ++i) consumer->GetCommitted({{"t", 0}}, outbox().NewTicket());
  const Message refusal = TryCommitted(consumer, {{"t", 0}});
  EXPECT_EQ(refusal.kind, MessageKind::kKafkaError);
  EXPECT_NE(refusal.text.find("100 requests"), std::string::npos) << refusal.text;
  cluster().SetUp();
  EXPECT_TRUE(Eventually([&] {
    return TryCommitted(consumer, {{"t", 0}}).kind == MessageKind::kReply;
  }));
}

TEST_F(ConsumerPositionsTest, AnInstanceExpiresBeforeAQuestionToALostCoordinatorIsGivenUp) {
  ConsumerSettings settings = Settings();
  settings.coordinator_timeout_ms = 1000;
  const auto consumer = Assigned("t", settings);
  cluster().SetDown();
  EXPECT_TRUE(Eventually([&] {
    const Message reply = TryCommitted(consumer, {{"t", 0}});
    return reply.kind == MessageKind::kFault && reply.code == kInstanceNotFound;
  }));
  cluster().SetUp();
}

TEST_F(ConsumerPositionsTest, ASeekDropsWhatWasFetchedBefore) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 500));
  ReadLimits limits = AtOnce();
  limits.max_bytes = 20;  // Most of what was fetched is left.
  for (const int64_t offset : {300, 2, 499, 0}) {
    Seek(consumer, {"t", 0}, offset);
    DrivenRead read = StartRead(consumer, limits);
    read.Run();
    ASSERT_GT(read.records().size(), 0u);
    EXPECT_EQ(read.records()[0].offset, offset);
  }
}

TEST_F(ConsumerPositionsTest, ASeekMovesOnePartitionOnly) {
  cluster().CreateTopic("t", {Numbered("a", 100), Numbered("b", 100)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 1}});
  std::vector<int64_t> next(2);
  const auto read_on = [&](size_t count) {
    for (const auto& record : Read(consumer, count)) {
      EXPECT_EQ(record.offset, next[record.partition]++);
    }
  };
  read_on(1);
  next[0] = 90;
  Seek(consumer, {"t", 0}, 90);
  read_on(static_cast<size_t>(10 + 100 - next[1]));
}

TEST_F(ConsumerPositionsTest, ASeekRightAfterAnAssignmentHolds) {
  cluster().CreateTopic("t", 1);
  cluster().Write("t", 0, Numbered("a", 100));
  for (int i = 0; i < 20; ++i) {
    const auto consumer = Create(Settings("group", std::to_string(i)));
    // Without waiting for either.
    consumer->Assign({{"t", 0}}, outbox().NewTicket());
    consumer->Seek({{{"t", 0}, 50, {}}}, {}, outbox().NewTicket());
    EXPECT_EQ(Read(consumer, 1)[0].offset, 50);
  }
}

TEST_F(ConsumerPositionsTest, ASeekHoldsWhenTheOffsetOfTheResetIsAnsweredAfterIt) {
  cluster().CreateTopic("t", {Numbered("a", 100)});
  const auto assigned = Create(Settings("assigned", "one"));
  AwaitSlowListOffsets([&] { Assign(assigned, {{"t", 0}}); });
  Seek(assigned, {"t", 0}, 98);
  EXPECT_EQ(ReadValues(assigned, 2), (std::vector<std::string>{"a98", "a99"}));
  EXPECT_EQ(ReadNothing(assigned, 1500).values(), std::vector<std::string>());
}

TEST_F(ConsumerPositionsTest, ASeekOfAMemberHoldsWhenTheOffsetOfTheResetIsAnsweredAfterIt) {
  cluster().CreateTopic("t", {Numbered("a", 100)});
  const auto member = Create(Settings("members", "one"));
  AwaitSlowListOffsets([&] { Subscribe(member, {"t"}); });
  Seek(member, {"t", 0}, 98);
  EXPECT_EQ(ReadValues(member, 2), (std::vector<std::string>{"a98", "a99"}));
  EXPECT_EQ(ReadNothing(member, 1500).values(), std::vector<std::string>());
}

TEST_F(ConsumerPositionsTest, NoOffsetIsAskedForAPartitionThatWasTakenAway) {
  cluster().CreateTopic("t", {Numbered("a", 10)});
  cluster().CreateTopic("other", {Numbered("b", 1)});
  const auto consumer = Create();
  AwaitSlowListOffsets([&] { Assign(consumer, {{"t", 0}}); });
  Assign(consumer, {{"other", 0}});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"b0"});
  const size_t before = cluster().CountRequests(kListOffsetsRequest);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_EQ(cluster().CountRequests(kListOffsetsRequest), before);
}

TEST_F(ConsumerPositionsTest, ASeekRightAfterASubscriptionWaitsForTheGroup) {
  cluster().CreateTopic("t", 1);
  cluster().Write("t", 0, Numbered("a", 100));
  const auto consumer = Create();
  consumer->Subscribe({"t"}, outbox().NewTicket());
  Seek(consumer, {"t", 0}, 50);
  EXPECT_EQ(Read(consumer, 1)[0].offset, 50);
}

TEST_F(ConsumerPositionsTest, ASeekWaitsForAGroupThatCannotBeJoinedNoLongerThanSeconds) {
  cluster().CreateTopic("t", 1);
  const auto consumer = Create();
  cluster().SetDown();
  Subscribe(consumer, {"t"});
  const Message reply = TrySeek(consumer, {{{"t", 0}, 50, {}}});
  EXPECT_EQ(reply.code, 40903);
  cluster().SetUp();
}

TEST_F(ConsumerPositionsTest, ASeekOfAllIsRefusedAsLongAsTheGroupHasAssignedNothing) {
  ConsumerSettings settings = Settings();
  Set(&settings, "topic.metadata.refresh.interval.ms", "100");
  const auto consumer = Create(settings);
  Subscribe(consumer, {"later"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(TrySeekAll(consumer, RD_KAFKA_OFFSET_BEGINNING).code, kIllegalState);
  }
  cluster().CreateTopic("later", 1);
  cluster().Write("later", 0, {"before"});
  AwaitAssignment(consumer, 1);
  SeekAll(consumer, RD_KAFKA_OFFSET_END);
  cluster().Write("later", 0, {"after"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"after"});
}

TEST_F(ConsumerPositionsTest, ASeekOfAllIsNothingToAMemberThatTheGroupGivesNothing) {
  cluster().CreateTopic("t", 1);
  ConsumerSettings settings = Member("group", "range");
  const auto one = Create(settings);
  settings.name = "other";
  const auto other = Create(settings);
  Subscribe(one, {"t"});
  Subscribe(other, {"t"});
  // When both are members, one of them has the only partition.
  EXPECT_TRUE(Eventually([&] {
    return TrySeekAll(one, RD_KAFKA_OFFSET_END).kind == MessageKind::kReply &&
           TrySeekAll(other, RD_KAFKA_OFFSET_END).kind == MessageKind::kReply &&
           (Assignment(one) == "[]") != (Assignment(other) == "[]");
  }));
}

TEST_F(ConsumerPositionsTest, ASeekAfterAnotherSubscriptionWaitsForItsPartitions) {
  for (const char* strategy : {"range", "cooperative-sticky"}) {
    for (const bool by_name : {false, true}) {
      for (const bool is_ended_first : {false, true}) {
        const std::string name = std::string(strategy) + (by_name ? "-name" : "-all") +
                                 (is_ended_first ? "-anew" : "-other");
        SCOPED_TRACE(name);
        const std::string before = "before-" + name;
        const std::string after = "after-" + name;
        for (const auto& topic : {before, after}) {
          cluster().CreateTopic(topic, 1);
          cluster().Write(topic, 0, Numbered("a", 10));
        }
        const auto consumer = Create(Member(name, strategy));
        Subscribe(consumer, {before});
        EXPECT_EQ(Read(consumer, 10).size(), 10u);
        if (is_ended_first) Unsubscribe(consumer);
        Subscribe(consumer, {after});
        if (by_name) {
          Seek(consumer, {after, 0}, RD_KAFKA_OFFSET_END);
        } else {
          SeekAll(consumer, RD_KAFKA_OFFSET_END);
        }
        cluster().Write(after, 0, {"new"});
        EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"new"});
        Close(consumer);
      }
    }
  }
}

TEST_F(ConsumerPositionsTest, ASeekAfterASubscriptionThatChangesNothingIsNotRefused) {
  cluster().CreateTopic("t", 1);
  cluster().CreateTopic("u", 1);
  for (const char* strategy : {"range", "cooperative-sticky"}) {
    const auto consumer = Create(Member(strategy, strategy));
    Subscribe(consumer, {"t", "u"});
    AwaitAssignment(consumer, 2);
    Subscribe(consumer, {"u", "t"});
    SeekAll(consumer, RD_KAFKA_OFFSET_END);
    Subscribe(consumer, {"t", "u", "missing"});
    SeekAll(consumer, RD_KAFKA_OFFSET_END);
    cluster().Write("t", 0, {strategy});
    EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{strategy});
    Close(consumer);
  }
}

TEST_F(ConsumerPositionsTest, ASeekOfAPartitionThatIsNotAssignedIsRefusedAndMovesNone) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 5));
  const Message reply = TrySeek(consumer, {{{"t", 0}, 3, {}}, {{"other", 9}, 0, {}}});
  EXPECT_EQ(reply.code, 40903);
  EXPECT_EQ(reply.text, "Illegal state: No current assignment for partition other-9");
  EXPECT_EQ(Read(consumer, 1)[0].offset, 0);
}

TEST_F(ConsumerPositionsTest, TheEndsOfAllPartitionsCanBeSought) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 1}});
  SeekAll(consumer, RD_KAFKA_OFFSET_END);
  EXPECT_TRUE(ReadNothing(consumer, 500).is_empty());
  cluster().Write("t", 1, {"new"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"new"});
  SeekAll(consumer, RD_KAFKA_OFFSET_BEGINNING);
  EXPECT_EQ(Read(consumer, 21).size(), 21u);
}

TEST_F(ConsumerPositionsTest, WhatIsWrittenAfterASeekToTheEndIsRead) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  for (int i = 0; i < 20; ++i) {
    SeekAll(consumer, RD_KAFKA_OFFSET_END);
    const std::vector<std::string> written{std::to_string(i)};
    cluster().Write("t", 0, written);
    EXPECT_EQ(ReadValues(consumer, 1), written);
  }
}

TEST_F(ConsumerPositionsTest, TheEndIsThatOfWhenItIsFoundWhereBrokersCannotSay) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  cluster().FailNext(kListOffsetsRequest, {RD_KAFKA_RESP_ERR_NOT_LEADER_OR_FOLLOWER});
  SeekAll(consumer, RD_KAFKA_OFFSET_END);
  EXPECT_TRUE(ReadNothing(consumer, 2000).is_empty());
  cluster().Write("t", 0, {"new"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"new"});
}

TEST_F(ConsumerPositionsTest, TheEndsCanBeSoughtWithoutABroker) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  EXPECT_EQ(Read(consumer, 1)[0].offset, 0);
  cluster().SetDown();
  SeekAll(consumer, RD_KAFKA_OFFSET_END);
  cluster().SetUp();
  EXPECT_TRUE(Eventually([&] { return ReadNothing(consumer, 2000).is_empty(); }));
}

TEST_F(ConsumerPositionsTest, ATimeBeyondTheEndIsTheEnd) {
  // The mock finds no offset for any time; real ones are sought in test/integration.
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  const Message reply = SeekToTime(consumer, {{{"t", 0}, 4'000'000'000'000, {}}});
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  EXPECT_TRUE(ReadNothing(consumer, 500).is_empty());
  cluster().Write("t", 0, {"new"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"new"});
}

TEST_F(ConsumerPositionsTest, ATimeCannotBeSoughtWithoutABroker) {
  const auto consumer = Assigned("t");
  cluster().SetDown();
  const auto start = Clock::now();
  EXPECT_EQ(SeekToTime(consumer, {{{"t", 0}, 1, {}}}).kind, MessageKind::kKafkaError);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(40));
}

TEST_F(ConsumerPositionsTest, ASeekEndsTheRunningReadAndItsDeliveryDoesNotUndoIt) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  for (const bool delivered : {true, false}) {
    DrivenRead running = StartRead(consumer, Limits());
    ASSERT_TRUE(running.TakeChunk());
    Seek(consumer, {"t", 0}, 7);
    running.Run(delivered);
    EXPECT_TRUE(running.is_whole());
    Commit(consumer);
    EXPECT_EQ(cluster().Committed("group", "t", 0), 7);
    EXPECT_EQ(Read(consumer, 3)[0].offset, 7);
    Seek(consumer, {"t", 0}, 0);
  }
}

TEST_F(ConsumerPositionsTest, ASeekOnAPartitionThatDoesNotExistDoesNotStopTheOthers) {
  cluster().CreateTopic("t", 1);
  cluster().Write("t", 0, Numbered("a", 10));
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 99}});
  Seek(consumer, {"t", 99}, 5);
  std::vector<std::string> values;
  while (values.size() < 10) {
    for (auto& value : AwaitValues(consumer)) values.push_back(std::move(value));
  }
  EXPECT_EQ(values, Numbered("a", 10));
}

TEST_F(ConsumerPositionsTest, AnOffsetOutOfRangeIsAFaultUntilASeekWhenNoResetIsWanted) {
  ConsumerSettings settings = Settings();
  Set(&settings, "auto.offset.reset", "error");
  const auto consumer = Assigned("t", settings);
  cluster().Write("t", 0, Numbered("a", 5));
  for (int i = 0; i < 2; ++i) {
    const DrivenRead read = ReadNothing(consumer, 2000);
    ASSERT_TRUE(read.fault());
    EXPECT_EQ(read.fault()->kind, MessageKind::kKafkaError);
    EXPECT_EQ(read.fault()->code, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET);
  }
  Seek(consumer, {"t", 0}, 2);
  EXPECT_EQ(Read(consumer, 3)[0].offset, 2);
}

TEST_F(ConsumerPositionsTest, AStoppedPartitionOfAGroupAndAnotherAreSoughtTogether) {
  for (const std::string strategy : {"range", "cooperative-sticky"}) {
    const std::string topic = "t-" + strategy;
    cluster().CreateTopic(topic, {Numbered("a", 5), Numbered("b", 5)});
    const auto first = Create(Settings(strategy, "first"));
    Assign(first, {{topic, 0}});
    EXPECT_EQ(Read(first, 5).size(), 5u);
    EXPECT_EQ(CommitOffsets(first, {{{topic, 0}, 2, {}}}).kind, MessageKind::kReply);
    Close(first);
    // The other partition has no offset to start from.
    ConsumerSettings settings = Member(strategy, strategy);
    Set(&settings, "auto.offset.reset", "error");
    const auto consumer = Create(settings);
    Subscribe(consumer, {topic});
    EXPECT_EQ(Read(consumer, 3)[0].offset, 2);
    EXPECT_EQ(AwaitFault(consumer).code, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET);
    const Message reply = TrySeek(consumer, {{{topic, 0}, 1, {}}, {{topic, 1}, 1, {}}});
    EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
    std::vector<int64_t> next = {1, 1};
    for (const ReadRecord& record : Read(consumer, 8)) {
      EXPECT_EQ(record.offset, next[static_cast<size_t>(record.partition)]++);
    }
    Close(consumer);
  }
}

TEST_F(ConsumerPositionsTest, AnEmptyPartitionThatWeMayReadAgainIsNoFaultAnyMore) {
  constexpr auto kRefused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  for (const bool by_group : {false, true}) {
    const std::string topic = by_group ? "subscribed" : "assigned";
    cluster().CreateTopic(topic, 1);
    cluster().FailNext(kFetchRequest, std::vector(1000, kRefused));
    ConsumerSettings settings = Settings(topic);
    Set(&settings, "fetch.error.backoff.ms", "1");  // librdkafka makes a second of it.
    const auto consumer = Create(settings);
    if (by_group) {
      Subscribe(consumer, {topic});
    } else {
      Assign(consumer, {{topic, 0}});
    }
    EXPECT_EQ(AwaitFault(consumer).code, kRefused);
    // As long as it is true: it was asked more than once by then.
    for (const auto end = Clock::now() + std::chrono::seconds(7); Clock::now() < end;) {
      const DrivenRead read = ReadNothing(consumer, 100);
      ASSERT_TRUE(read.fault()) << read.json();
      EXPECT_EQ(read.fault()->code, kRefused);
    }
    cluster().Forgive(kFetchRequest);
    const auto start = Clock::now();
    EXPECT_TRUE(Eventually([&] { return ReadNothing(consumer, 100).is_empty(); }));
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
    cluster().Write(topic, 0, {"v"});
    EXPECT_EQ(ReadValues(consumer, 1), (std::vector<std::string>{"v"}));
  }
}

TEST_F(ConsumerPositionsTest, AFaultOfAPartitionThatDeliversAgainIsForgotten) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(Read(consumer, 1).size(), 1u);
  // More than once: the answer to a fetch that was overtaken by another start is not looked at.
  cluster().FailNext(kFetchRequest, std::vector(3, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED));
  EXPECT_EQ(AwaitFault(consumer).code, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  cluster().Write("t", 0, {"b"});
  EXPECT_EQ(AwaitValues(consumer), std::vector<std::string>{"b"});
  const DrivenRead after = ReadNothing(consumer, 100);
  EXPECT_FALSE(after.fault()) << Describe(*after.fault());
}

}  // namespace
}  // namespace sluice
