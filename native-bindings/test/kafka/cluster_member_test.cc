// A process in the group of its peers: what it is told of partitions and of their records.
#include "kafka/cluster_member.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "kafka/engine_fixture.h"

namespace sluice {
namespace {

constexpr auto kTopic = "peers";

class ClusterMemberTest : public EngineTest {
 protected:
  ClusterMemberTest() { rd_kafka_mock_group_initial_rebalance_delay_ms(cluster().mock(), 100); }

  struct Member {
    std::shared_ptr<ClusterMember> member;
    std::string events = {};  // All that it was told.
  };

  Member Join(int32_t release_wait_ms = 60'000) {
    const Properties properties = {
        {"bootstrap.servers", cluster().bootstrap_servers()},
        {"group.id", "peers"},
        {"client.id", "http://127.0.0.1:1"},
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"enable.auto.commit", "false"},
        {"enable.partition.eof", "true"},
        {"heartbeat.interval.ms", "100"},
        {"session.timeout.ms", "4000"},  // A machine under load misses the heartbeats of a second.
        {"fetch.wait.max.ms", "20"},
    };
    Member joined{std::make_shared<ClusterMember>(properties, kTopic, release_wait_ms)};
    const Message reply = outbox().Call([&](ReplyTo reply_to) { joined.member->Join(reply_to); });
    EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
    return joined;
  }

  /// Takes events until one contains `text`.
  ::testing::AssertionResult Tells(Member& member, const std::string& text) {
    while (member.events.find(text) == std::string::npos) {
      const Message next = outbox().Call([&](ReplyTo reply_to) { member.member->Next(reply_to); });
      if (next.kind != MessageKind::kReply || next.text == "[]") {
        return ::testing::AssertionFailure() << text << " is not in " << member.events;
      }
      member.events += next.text;
    }
    return ::testing::AssertionSuccess();
  }

  void Leave(Member& member) {
    outbox().Call([&](ReplyTo reply_to) { member.member->Leave(reply_to); });
  }
};

TEST_F(ClusterMemberTest, APartitionIsReadFromItsBeginningAndItsEndIsTold) {
  cluster().CreateTopic(kTopic, 1);
  cluster().WriteRecord(kTopic, {.key = "k", .value = "v\""});
  cluster().WriteRecord(kTopic, {.key = "k", .value = std::nullopt});
  Member member = Join();
  EXPECT_TRUE(Tells(member, R"(["end",0])"));
  EXPECT_EQ(member.events.substr(0, 2), "[[");
  EXPECT_NE(member.events.find(R"(["assigned",[0]])"), std::string::npos);
  EXPECT_NE(member.events.find(R"(["record",0,0,"k","v\""])"), std::string::npos);
  EXPECT_NE(member.events.find(R"(["record",0,1,"k",null])"), std::string::npos);
  cluster().WriteRecord(kTopic, {.key = "later", .value = "v"});
  EXPECT_TRUE(Tells(member, R"(["record",0,2,"later","v"])"));
  Leave(member);
}

TEST_F(ClusterMemberTest, APartitionStaysUntilItsRevocationIsReleased) {
  cluster().CreateTopic(kTopic, 2);
  Member first = Join();
  EXPECT_TRUE(Tells(first, R"(["assigned",[0,1]])"));
  Member second = Join();
  EXPECT_TRUE(Tells(first, R"(["revoked",1,[)"));
  EXPECT_TRUE(Tells(second, R"(["assigned",[]])"));
  const ReplyTo next = outbox().NewTicket();
  second.member->Next(next);
  EXPECT_FALSE(outbox().Next(next.ticket, std::chrono::milliseconds(500)).has_value());
  first.member->Release(1);
  const auto assigned = outbox().Next(next.ticket);
  ASSERT_TRUE(assigned.has_value());
  EXPECT_NE(assigned->text.find(R"(["assigned",[)"), std::string::npos) << assigned->text;
  Leave(second);
  Leave(first);
}

TEST_F(ClusterMemberTest, ARevocationThatIsNotReleasedGoesOnAfterItsWait) {
  cluster().CreateTopic(kTopic, 2);
  Member first = Join(/*release_wait_ms=*/100);
  EXPECT_TRUE(Tells(first, R"(["assigned",[0,1]])"));
  Member second = Join();
  EXPECT_TRUE(Tells(second, R"(["end",)"));
  Leave(second);
  Leave(first);
}

TEST_F(ClusterMemberTest, AMemberThatLeavesGivesItsPartitionsToTheOtherAtOnce) {
  cluster().CreateTopic(kTopic, 1);
  Member first = Join();
  EXPECT_TRUE(Tells(first, R"(["end",0])"));
  Member second = Join();
  Leave(first);
  EXPECT_TRUE(Tells(second, R"(["end",0])"));
  const Message after = outbox().Call([&](ReplyTo reply_to) { first.member->Next(reply_to); });
  EXPECT_EQ(after.kind, MessageKind::kReply);
  Leave(second);
}

TEST_F(ClusterMemberTest, AClientThatLibrdkafkaRefusesIsAnError) {
  const auto member =
      std::make_shared<ClusterMember>(Properties{{"group.id", "g"}, {"nonsense", "1"}}, kTopic, 0);
  const Message reply = outbox().Call([&](ReplyTo reply_to) { member->Join(reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kKafkaError) << Describe(reply);
}

}  // namespace
}  // namespace sluice
