// Which partitions an instance has, and what a rebalance does to its reads.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer_fixture.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

/// The mock refuses commits while a group rebalances, which Kafka does not do: what was delivered
/// just before comes again to the next owner. So these tests ask for no loss, and for no repetition
/// within a response; test/faults asks for no repetition at all, of Kafka.
class ConsumerGroupTest : public ConsumerTest {
 protected:
  /// Members whose group rebalances a second after one comes.
  ConsumerSettings Member(const std::string& name) {
    ConsumerSettings settings = Settings("group", name);
    Set(&settings, "session.timeout.ms", "2000");
    Set(&settings, "enable.auto.commit", "true");
    Set(&settings, "auto.commit.interval.ms", "3600000");
    return settings;
  }

  /// The only member of a group that is named after its assignment strategy.
  ConsumerSettings OnlyMember(const std::string& strategy) {
    ConsumerSettings settings = Member(strategy);
    settings.group = strategy;
    Set(&settings, "group.id", strategy);
    Set(&settings, "partition.assignment.strategy", strategy);
    return settings;
  }

  /// Fails when a response has a record twice, or those of a partition out of order.
  void ExpectOrder(const std::vector<ReadRecord>& records) {
    std::map<int32_t, int64_t> last;
    for (const auto& record : records) {
      const auto [before, is_first] = last.emplace(record.partition, record.offset);
      EXPECT_TRUE(is_first || record.offset == before->second + 1) << record.offset;
      before->second = record.offset;
    }
  }

  /// Reads both until `count` different records have been seen.
  void ReadBoth(const std::shared_ptr<Consumer>& one, const std::shared_ptr<Consumer>& other,
                size_t count, std::set<std::string>* seen) {
    EXPECT_TRUE(Eventually([&] {
      for (const auto& consumer : {one, other}) {
        DrivenRead read = StartRead(consumer, Limits(50));
        read.Run();
        if (read.fault()) continue;
        ExpectOrder(read.records());
        for (const auto& value : read.values()) seen->insert(value);
      }
      return seen->size() >= count;
    })) << seen->size();
  }
};

TEST_F(ConsumerGroupTest, ASubscriptionBecomesAnAssignment) {
  cluster().CreateTopic("t", 3);
  const auto consumer = Subscribed("t");
  EXPECT_EQ(Subscription(consumer), R"(["t"])");
  AwaitAssignment(consumer, 3);
  EXPECT_EQ(Assignment(consumer), R"([["t",0],["t",1],["t",2]])");
}

TEST_F(ConsumerGroupTest, ATopicThatComesLaterIsFound) {
  const auto consumer = Create([&] {
    ConsumerSettings settings = Settings();
    Set(&settings, "topic.metadata.refresh.interval.ms", "100");
    return settings;
  }());
  Subscribe(consumer, {"later"});
  const DrivenRead read = ReadNothing(consumer, 300);
  EXPECT_FALSE(read.fault()) << Describe(*read.fault());
  cluster().CreateTopic("later", 1);
  cluster().Write("later", 0, {"a"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"a"});
}

TEST_F(ConsumerGroupTest, SubscriptionAssignmentAndPatternExcludeEachOther) {
  cluster().CreateTopic("t", 1);
  const auto consumer = Subscribed("t");
  Message reply = outbox().Call([&](ReplyTo reply_to) { consumer->Assign({{"t", 0}}, reply_to); });
  EXPECT_EQ(reply.code, 40903);
  EXPECT_EQ(reply.text,
            "Illegal state: Subscription to topics, partitions and pattern are mutually exclusive");
  reply = outbox().Call([&](ReplyTo reply_to) {
    consumer->SubscribePattern(consumer->ReserveSubscription(), "t", {"t"}, reply_to);
  });
  EXPECT_EQ(reply.code, 40903);
  Unsubscribe(consumer);
  Assign(consumer, {{"t", 0}});
  reply = outbox().Call([&](ReplyTo reply_to) { consumer->Subscribe({"t"}, reply_to); });
  EXPECT_EQ(reply.code, 40903);
  Assign(consumer, {});
  reply = outbox().Call([&](ReplyTo reply_to) {
    consumer->SubscribePattern(consumer->ReserveSubscription(), "t", {"t"}, reply_to);
  });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

TEST_F(ConsumerGroupTest, AChangeOfTheSubscriptionWinsOverAPatternThatWasBegunBefore) {
  cluster().CreateTopic("t", 1);
  const auto consumer = Create(Member("one"));
  const auto subscribe_pattern = [&](uint32_t version, std::vector<std::string> topics) {
    const Message reply = outbox().Call(
        [&](ReplyTo reply_to) { consumer->SubscribePattern(version, "t.*", topics, reply_to); });
    EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  };
  const uint32_t first = consumer->ReserveSubscription();
  Unsubscribe(consumer);
  subscribe_pattern(first, {"t"});
  EXPECT_EQ(Subscription(consumer), "[]");
  EXPECT_FALSE(consumer->pattern());

  const uint32_t second = consumer->ReserveSubscription();
  subscribe_pattern(second, {});
  subscribe_pattern(second, {"t"});
  EXPECT_EQ(Subscription(consumer), R"(["t"])");
  ASSERT_TRUE(consumer->pattern());
  EXPECT_EQ(consumer->pattern()->version, second);
  EXPECT_EQ(consumer->pattern()->pattern, "t.*");
  Unsubscribe(consumer);
  subscribe_pattern(second, {"t"});
  EXPECT_EQ(Subscription(consumer), "[]");
  EXPECT_FALSE(consumer->pattern());
}

TEST_F(ConsumerGroupTest, ARefusedSubscriptionKeepsThePattern) {
  cluster().CreateTopic("t", 1);
  const auto consumer = Create(Member("one"));
  const uint32_t version = consumer->ReserveSubscription();
  outbox().Call(
      [&](ReplyTo reply_to) { consumer->SubscribePattern(version, "t.*", {"t"}, reply_to); });
  const Message reply =
      outbox().Call([&](ReplyTo reply_to) { consumer->Subscribe({"t"}, reply_to); });
  EXPECT_EQ(reply.code, 40903);
  ASSERT_TRUE(consumer->pattern());
  EXPECT_EQ(consumer->pattern()->version, version);
}

TEST_F(ConsumerGroupTest, ASubscriptionThatIsGivenUpReadsNothing) {
  cluster().CreateTopic("t", 1);
  cluster().Write("t", 0, Numbered("a", 10));
  const auto consumer = Subscribed("t");
  AwaitAssignment(consumer, 1);
  Unsubscribe(consumer);
  EXPECT_EQ(Subscription(consumer), "[]");
  ASSERT_TRUE(ReadNothing(consumer).fault());
  AwaitAssignment(consumer, 0);
}

TEST_F(ConsumerGroupTest, AnotherSubscriptionDropsWhatWasFetchedBefore) {
  cluster().CreateTopic("old", 1);
  cluster().CreateTopic("new", 1);
  cluster().Write("old", 0, Numbered("old", 2000));
  cluster().Write("new", 0, Numbered("new", 10));
  const auto consumer = Create(Member("one"));
  Subscribe(consumer, {"old"});
  ReadLimits few = AtOnce();
  few.max_bytes = 50;
  DrivenRead before = StartRead(consumer, few);
  before.Run();
  ASSERT_GT(before.records().size(), 0u);
  Subscribe(consumer, {"new"});
  for (const auto& record : Read(consumer, 10)) EXPECT_EQ(record.topic, "new");
}

TEST_F(ConsumerGroupTest, ASubscriptionThatReturnsGoesOnWhereItWas) {
  cluster().CreateTopic("old", 1);
  cluster().CreateTopic("new", 1);
  cluster().Write("old", 0, Numbered("old", 100));
  const auto consumer = Create(Member("one"));
  Subscribe(consumer, {"old"});
  ReadLimits few = AtOnce();
  few.max_bytes = 50;
  DrivenRead before = StartRead(consumer, few);
  before.Run();
  const auto read = static_cast<int64_t>(before.records().size());
  ASSERT_GT(read, 0);
  Subscribe(consumer, {"new"});
  Subscribe(consumer, {"old"});
  const auto rest = Read(consumer, static_cast<size_t>(100 - read));
  for (size_t i = 0; i < rest.size(); ++i) {
    EXPECT_EQ(rest[i].offset, read + static_cast<int64_t>(i));
  }
}

TEST_F(ConsumerGroupTest, AnotherAssignmentDropsWhatWasFetchedBefore) {
  cluster().CreateTopic("t", {Numbered("a", 500), Numbered("b", 10)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}});
  ReadLimits few = AtOnce();
  few.max_bytes = 50;
  DrivenRead before = StartRead(consumer, few);
  before.Run();
  ASSERT_GT(before.records().size(), 0u);
  Assign(consumer, {{"t", 1}});
  EXPECT_EQ(Assignment(consumer), R"([["t",1]])");
  for (const auto& record : Read(consumer, 10)) EXPECT_EQ(record.partition, 1);
}

TEST_F(ConsumerGroupTest, APartitionThatStaysAssignedKeepsItsPosition) {
  cluster().CreateTopic("t", 2);
  cluster().Write("t", 0, Numbered("a", 100));
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}});
  ReadLimits few = AtOnce();
  few.max_bytes = 50;
  DrivenRead before = StartRead(consumer, few);
  before.Run();
  const auto read = static_cast<int64_t>(before.records().size());
  Assign(consumer, {{"t", 0}, {"t", 1}});
  EXPECT_EQ(Read(consumer, 1)[0].offset, read);
  Seek(consumer, {"t", 0}, 70);
  Assign(consumer, {{"t", 0}});
  EXPECT_EQ(Read(consumer, 1)[0].offset, 70);
}

TEST_F(ConsumerGroupTest, APartitionThatStaysAssignedWhileItIsRefusedKeepsItsPosition) {
  constexpr auto kRefused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  ConsumerSettings settings = Settings();
  Set(&settings, "auto.offset.reset", "latest");
  Set(&settings, "fetch.error.backoff.ms", "1");
  cluster().CreateTopic("u", 1);
  const auto consumer = Assigned("t", settings);
  ASSERT_TRUE(Eventually([&] { return cluster().CountRequests(kFetchRequest) > 0; }));
  cluster().FailNext(kFetchRequest, std::vector(1000, kRefused));
  EXPECT_EQ(AwaitFault(consumer).code, kRefused);
  cluster().Write("t", 0, {"a", "b"});
  Assign(consumer, {{"t", 0}, {"u", 0}});
  cluster().Forgive(kFetchRequest);
  EXPECT_EQ(AwaitValues(consumer), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ConsumerGroupTest, AnAssignmentEndsTheRunningReadAndItsDeliveryCountsForNothing) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}});
  DrivenRead running = StartRead(consumer, Limits());
  ASSERT_TRUE(running.TakeChunk());
  Assign(consumer, {{"t", 1}});
  running.Run();
  EXPECT_TRUE(running.is_whole());
  EXPECT_EQ(TryCommit(consumer).code, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST);
  EXPECT_EQ(cluster().Committed("group", "t", 0), -1);
}

TEST_F(ConsumerGroupTest, APartitionThatDoesNotExistIsAFaultOfReads) {
  cluster().CreateTopic("t", 1);
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 7}});
  const Message fault = AwaitFault(consumer);
  EXPECT_EQ(fault.kind, MessageKind::kKafkaError);
  EXPECT_NE(fault.text.find("(t-7)"), std::string::npos) << fault.text;
  // The others are read all the same.
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"a"});
}

TEST_F(ConsumerGroupTest, AnAssignedTopicThatDoesNotExistIsAFaultUntilItDoes) {
  const auto consumer = Create([&] {
    ConsumerSettings settings = Settings();
    Set(&settings, "topic.metadata.refresh.interval.ms", "100");
    return settings;
  }());
  Assign(consumer, {{"none", 0}});
  EXPECT_EQ(AwaitFault(consumer).code, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  cluster().CreateTopic("none", 1);
  cluster().Write("none", 0, {"a"});
  EXPECT_EQ(AwaitValues(consumer), std::vector<std::string>{"a"});
  EXPECT_TRUE(Eventually([&] { return !ReadNothing(consumer, 100).fault(); }));
}

TEST_F(ConsumerGroupTest, AFaultOfATopicThatPassesIsForgotten) {
  const auto consumer = Assigned("t");
  rd_kafka_mock_topic_set_error(cluster().mock(), "t", RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
  const auto again = Create(Settings("group", "two"));
  Assign(again, {{"t", 0}});
  EXPECT_EQ(AwaitFault(again).code, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
  rd_kafka_mock_topic_set_error(cluster().mock(), "t", RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_TRUE(Eventually([&] { return !ReadNothing(again, 100).fault(); }));
}

TEST_F(ConsumerGroupTest, AReadWithoutABrokerIsAFaultInItsTime) {
  const auto consumer = Assigned("t");
  EXPECT_TRUE(ReadNothing(consumer, 300).is_empty());
  cluster().SetDown();
  EXPECT_EQ(AwaitFault(consumer).code, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN);
  cluster().SetUp();
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(AwaitValues(consumer), std::vector<std::string>{"a"});
}

TEST_F(ConsumerGroupTest, ASecondMemberTakesOverWithoutLoss) {
  for (const char* strategy : {"range", "cooperative-sticky"}) {
    const std::string topic = strategy;
    cluster().CreateTopic(topic, 4);
    for (int32_t p = 0; p < 4; ++p) {
      cluster().Write(topic, p, Numbered(topic + std::to_string(p) + '-', 200));
    }
    ConsumerSettings settings = Member("one");
    Set(&settings, "partition.assignment.strategy", strategy);
    settings.group = settings.name = topic;
    Set(&settings, "group.id", topic);
    const auto one = Create(settings);
    Subscribe(one, {topic});
    std::set<std::string> seen;
    for (const auto& value : ReadValues(one, 1)) seen.insert(value);
    settings.name = topic + "-other";
    const auto other = Create(settings);
    Subscribe(other, {topic});
    ReadBoth(one, other, 800, &seen);
    // What comes after the rebalance too.
    AwaitAssignment(one, 2);
    AwaitAssignment(other, 2);
    for (int32_t p = 0; p < 4; ++p) {
      cluster().Write(topic, p, Numbered(topic + std::to_string(p) + "-late", 10));
    }
    ReadBoth(one, other, 840, &seen);
    Close(one);
    Close(other);
  }
}

TEST_F(ConsumerGroupTest, ARevocationWaitsForTheResponseThatIsBeingWritten) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto one = Create(Member("one"));
  Subscribe(one, {"t"});
  AwaitAssignment(one, 2);
  DrivenRead writing = StartRead(one, Limits());
  ASSERT_TRUE(writing.TakeChunk());
  const auto other = Create(Member("other"));
  Subscribe(other, {"t"});
  // The rebalance ends the response early; its end lets the rebalance go on.
  while (writing.TakeChunk()) writing.WriteChunk();
  ASSERT_TRUE(writing.is_whole());
  EXPECT_EQ(Assignment(one), R"([["t",0],["t",1]])");
  EXPECT_EQ(cluster().CountRequests(kOffsetCommitRequest), 0u);
  writing.End(true);
  EXPECT_TRUE(Eventually([&] { return cluster().CountRequests(kOffsetCommitRequest) > 0; }));
  AwaitAssignment(other, 1);
  std::set<std::string> seen;
  for (const auto& value : writing.values()) seen.insert(value);
  ReadBoth(one, other, 20, &seen);
}

TEST_F(ConsumerGroupTest, ARevocationDoesNotWaitForEverAndNothingIsLost) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto one = Create(Member("one"));
  Subscribe(one, {"t"});
  DrivenRead stuck = StartRead(one, Limits());
  ASSERT_TRUE(stuck.TakeChunk());
  const auto other = Create(Member("other"));
  Subscribe(other, {"t"});
  AwaitAssignment(other, 1);
  // Its records were given to the next owners; its delivery must not commit over them.
  stuck.Run(true);
  std::set<std::string> seen;
  ReadBoth(one, other, 20, &seen);
}

TEST_F(ConsumerGroupTest, AMemberThatNobodyReadsFromDoesNotHoldUpItsGroup) {
  cluster().CreateTopic("t", {Numbered("a", 10), Numbered("b", 10)});
  const auto idle = Create(Member("idle"));
  Subscribe(idle, {"t"});
  AwaitAssignment(idle, 2);
  const auto other = Create(Member("other"));
  Subscribe(other, {"t"});
  AwaitAssignment(other, 1);
  EXPECT_EQ(Read(other, 10).size(), 10u);
}

TEST_F(ConsumerGroupTest, AMemberThatNobodyReadsFromOutlivesItsPollInterval) {
  cluster().CreateTopic("t", 2);
  ConsumerSettings settings = Member("idle");
  Set(&settings, "max.poll.interval.ms", "2000");
  const auto idle = Create(settings);
  const auto other = Create(Member("other"));
  Subscribe(idle, {"t"});
  Subscribe(other, {"t"});
  AwaitAssignment(idle, 1);
  AwaitAssignment(other, 1);
  // Nothing is asked of the idle one: that would wake it. If it left, the other would have both.
  for (const auto end = Clock::now() + std::chrono::seconds(6); Clock::now() < end;) {
    std::this_thread::sleep_for(milliseconds(100));
    const std::string assignment = Assignment(other);
    ASSERT_EQ(std::count(assignment.begin(), assignment.end(), '['), 2) << assignment;
  }
}

TEST_F(ConsumerGroupTest, AnAssignmentHoldsAgainstThatOfAGroupThatComesLate) {
  cluster().CreateTopic("t", 1);
  cluster().CreateTopic("u", {Numbered("u", 3)});
  ConsumerSettings settings = Member("one");
  Set(&settings, "enable.auto.commit", "false");
  const auto consumer = Create(settings);
  for (int i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    Subscribe(consumer, {"t"});
    // The group answers after some milliseconds: before, while or after the next two are done.
    std::this_thread::sleep_for(std::chrono::microseconds(50 * i));
    consumer->Unsubscribe(outbox().NewTicket());
    Assign(consumer, {{"u", 0}});
    EXPECT_EQ(ReadValues(consumer, 3), Numbered("u", 3));
    EXPECT_EQ(Assignment(consumer), R"([["u",0]])");
    Unsubscribe(consumer);
  }
}

TEST_F(ConsumerGroupTest, AMemberThatLeavesGivesItsPartitionsBack) {
  cluster().CreateTopic("t", 2);
  const auto one = Create(Member("one"));
  const auto other = Create(Member("other"));
  Subscribe(one, {"t"});
  Subscribe(other, {"t"});
  AwaitAssignment(one, 1);
  AwaitAssignment(other, 1);
  Close(other);
  AwaitAssignment(one, 2);
}

TEST_F(ConsumerGroupTest, WhateverIsAskedForInTheMiddleOfAJoinTheLastWordHolds) {
  cluster().CreateTopic("t", 1);
  cluster().CreateTopic("u", 1);
  cluster().Write("t", 0, Numbered("t", 5));
  cluster().Write("u", 0, Numbered("u", 5));
  for (int seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(static_cast<unsigned>(seed));
    ConsumerSettings settings = Member("one");
    settings.group = "g" + std::to_string(seed);
    Set(&settings, "group.id", settings.group);
    if (seed % 3 == 0) Set(&settings, "partition.assignment.strategy", "cooperative-sticky");
    const auto consumer = Create(settings);
    for (int i = 0; i < 10; ++i) {
      switch (random() % 5) {
        case 0:
          consumer->Subscribe({"t"}, outbox().NewTicket());
          break;
        case 1:
          consumer->Subscribe({"u"}, outbox().NewTicket());
          break;
        case 2:
          consumer->Assign({{"t", 0}}, outbox().NewTicket());
          break;
        default:
          consumer->Unsubscribe(outbox().NewTicket());
          break;
      }
      std::this_thread::sleep_for(milliseconds(random() % 30));
    }
    Unsubscribe(consumer);
    if (seed % 2 == 0) {
      Assign(consumer, {{"u", 0}});
    } else {
      Subscribe(consumer, {"u"});
    }
    for (const auto& record : Read(consumer, 5)) EXPECT_EQ(record.topic, "u");
    EXPECT_EQ(Assignment(consumer), R"([["u",0]])");
    EXPECT_TRUE(ReadNothing(consumer, 100).is_empty());
  }
}

TEST_F(ConsumerGroupTest, RecordsFetchedForAnotherSubscriptionWaitForItsRevocationUnread) {
  cluster().CreateTopic("old", {Numbered("old", 5)});
  cluster().CreateTopic("new", {Numbered("new", 5)});
  for (const char* strategy : {"range", "cooperative-sticky"}) {
    SCOPED_TRACE(strategy);
    const auto consumer = Create(OnlyMember(strategy));
    const size_t fetches = cluster().CountRequests(kFetchRequest);
    Subscribe(consumer, {"old"});
    // With the second request the records of the first have come.
    ASSERT_TRUE(Eventually([&] { return cluster().CountRequests(kFetchRequest) > fetches + 1; }));
    // With the cooperative protocol librdkafka revokes when it has the metadata of the new topic.
    cluster().SetRoundTrip(300);
    Subscribe(consumer, {"new"});
    for (const auto& record : Read(consumer, 5)) EXPECT_EQ(record.topic, "new");
    cluster().SetRoundTrip(0);
    Close(consumer);
  }
}

TEST_F(ConsumerGroupTest, ASeekWaitsForTheAnswerToTheLastSubscriptionNotToTheOneBefore) {
  cluster().CreateTopic("old", {Numbered("old", 5)});
  cluster().CreateTopic("new", {Numbered("new", 5)});
  for (const char* strategy : {"range", "cooperative-sticky"}) {
    SCOPED_TRACE(strategy);
    const auto consumer = Create(OnlyMember(strategy));
    cluster().SetRoundTrip(300);
    const size_t syncs = cluster().CountRequests(kSyncGroupRequest);
    Subscribe(consumer, {"old"});
    ASSERT_TRUE(Eventually([&] { return cluster().CountRequests(kSyncGroupRequest) > syncs; }));
    // From here on librdkafka postpones a subscription until the group has answered.
    Subscribe(consumer, {"new"});
    AwaitAssignment(consumer, 1);
    EXPECT_EQ(Assignment(consumer), R"([["old",0]])");
    Seek(consumer, {"new", 0}, 3);
    EXPECT_EQ(ReadValues(consumer, 2), (std::vector<std::string>{"new3", "new4"}));
    cluster().SetRoundTrip(0);
    Close(consumer);
  }
}

TEST_F(ConsumerGroupTest, APartitionStartsAfterItsCoordinatorHasMoved) {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}) {
    const std::string topic = std::string("t") + std::to_string(error);
    cluster().FailNext(kOffsetFetchRequest, {error, error});
    const auto consumer = Assigned(topic, Settings("group" + topic));
    cluster().Write(topic, 0, {"a"});
    EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"a"});
  }
}

TEST_F(ConsumerGroupTest, AGroupThatRefusesUsIsToldToEachReadAndCommit) {
  const auto kRefused = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
  cluster().FailNext(kFindCoordinatorRequest, std::vector(1000, kRefused));
  const auto consumer = Assigned("t");
  for (int i = 0; i < 2; ++i) {
    const Message fault = AwaitFault(consumer);
    EXPECT_EQ(fault.code, kRefused) << Describe(fault);
    EXPECT_EQ(fault.text, "Not authorized to access group: group");
    const Message commit = outbox().Call([&](ReplyTo reply_to) {
      consumer->Commit({{{"t", 0}, 1, {}}}, reply_to);
    });
    EXPECT_EQ(commit.code, kRefused) << Describe(commit);
    EXPECT_EQ(commit.text, "Not authorized to access group: group");
  }
  cluster().Forgive(kFindCoordinatorRequest);
  cluster().Write("t", 0, {"a"});
  EXPECT_EQ(AwaitValues(consumer), std::vector<std::string>{"a"});
  Commit(consumer);
}

TEST_F(ConsumerGroupTest, ATopicThatMayNotBeReadIsToldToEachRead) {
  constexpr auto kRefused = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  cluster().CreateTopic("open", 1);
  cluster().CreateTopic("closed", 1);
  rd_kafka_mock_topic_set_error(cluster().mock(), "closed", kRefused);
  ConsumerSettings settings = Settings();
  Set(&settings, "topic.metadata.refresh.interval.ms", "500");
  // For so long the mock lets a member wait that joins again by itself.
  Set(&settings, "session.timeout.ms", "2000");
  Set(&settings, "heartbeat.interval.ms", "200");
  const auto consumer = Create(settings);
  // The second subscription is to the same: of that librdkafka says nothing more.
  for (int i = 0; i < 2; ++i) {
    Subscribe(consumer, {"open", "closed"});
    AwaitFault(consumer);
    for (int j = 0; j < 3; ++j) {
      DrivenRead read = ReadNothing(consumer, 200);
      ASSERT_TRUE(read.fault()) << "read " << j << " of subscription " << i;
      const Message fault = read.TakeFault();
      EXPECT_EQ(fault.code, kRefused) << Describe(fault);
      EXPECT_EQ(fault.text, "Not authorized to access topics: [closed]");
    }
    Unsubscribe(consumer);
  }
  rd_kafka_mock_topic_set_error(cluster().mock(), "closed", RD_KAFKA_RESP_ERR_NO_ERROR);
  Subscribe(consumer, {"open", "closed"});
  AwaitAssignment(consumer, 2);
  EXPECT_TRUE(Eventually([&] { return !ReadNothing(consumer, 200).fault(); }));
  EXPECT_FALSE(ReadNothing(consumer, 200).fault());
}

TEST_F(ConsumerGroupTest, AnErrorOfAJoinThatSucceededSinceFailsNoRead) {
  cluster().CreateTopic("t", 1);
  cluster().FailNext(kJoinGroupRequest, {RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED});
  const auto consumer = Subscribed("t");
  AwaitAssignment(consumer, 1);
  EXPECT_FALSE(ReadNothing(consumer, 200).fault());
}

TEST_F(ConsumerGroupTest, ATopicOfTheSubscriptionThatComesLaterIsRead) {
  cluster().CreateTopic("there", {{"a"}});
  ConsumerSettings settings = Settings();
  Set(&settings, "topic.metadata.refresh.interval.ms", "500");
  // For so long the mock lets a member wait that joins again by itself.
  Set(&settings, "session.timeout.ms", "2000");
  Set(&settings, "heartbeat.interval.ms", "200");
  const auto consumer = Create(settings);
  Subscribe(consumer, {"there", "later"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"a"});
  Commit(consumer);  // Else it comes again when the group has rebalanced for the new topic.
  cluster().CreateTopic("later", {{"b"}});
  EXPECT_EQ(AwaitValues(consumer), std::vector<std::string>{"b"});
}

TEST_F(ConsumerGroupTest, AnInstanceHoldsABoundedNumberOfNames) {
  cluster().CreateTopic("t", {Numbered("a", 1)});
  const auto consumer = Create();
  const auto named = [](const std::string& prefix, int count) {
    std::vector<TopicPartition> partitions{{"t", 0}};
    for (const auto& name : Numbered(prefix, count)) partitions.push_back({name, 0});
    return partitions;
  };
  const auto try_assign = [&](std::vector<TopicPartition> partitions) {
    return outbox().Call(
        [&](ReplyTo reply_to) { consumer->Assign(std::move(partitions), reply_to); });
  };
  Assign(consumer, named("one", 1000));
  Assign(consumer, named("two", 999));
  const Message refused = try_assign(named("three", 1));
  EXPECT_EQ(refused.code, kUnprocessable);
  EXPECT_NE(refused.text.find("more than 2000 topics"), std::string::npos) << refused.text;
  // Names that it has had stay free.
  Assign(consumer, {{"t", 0}});
  EXPECT_EQ(AwaitValues(consumer), std::vector<std::string>{"a0"});
  Unsubscribe(consumer);
  const Message subscribed =
      outbox().Call([&](ReplyTo reply_to) { consumer->Subscribe({"four"}, reply_to); });
  EXPECT_EQ(subscribed.code, kUnprocessable);
}

}  // namespace
}  // namespace sluice
