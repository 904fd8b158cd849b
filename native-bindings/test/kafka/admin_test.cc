// Calls to the cluster, and those that it cannot answer yet.
#include "kafka/admin.h"

#include <gtest/gtest.h>

#include <vector>

#include "kafka/admin/offsets.h"
#include "kafka/engine_fixture.h"

namespace sluice {
namespace {

constexpr int kTimeoutMs = 10'000;

class AdminTest : public EngineTest {
 protected:
  AdminTest() : admin_(Admin::Get({{"bootstrap.servers", cluster().bootstrap_servers()}})) {}

  Message ListOffset(const TopicPartition& partition, int64_t spec) {
    return outbox().Call([&](ReplyTo reply_to) {
      admin_->Ask(
          admin::ListOffsets{.partitions = {partition.topic, std::to_string(partition.partition),
                                            std::to_string(spec)}},
          kTimeoutMs, reply_to);
    });
  }

  std::shared_ptr<Admin> admin_;
};

TEST_F(AdminTest, OffsetsAreAskedForAgainWhileALeaderIsNoneYet) {
  cluster().CreateTopic("t", {{"a", "b"}});
  cluster().FailNext(kListOffsetsRequest, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                           RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                                           RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  const Message reply = ListOffset({"t", 0}, RD_KAFKA_OFFSET_SPEC_LATEST);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  EXPECT_EQ(reply.text, "{\"topic\":\"t\",\"partition\":0,\"offset\":2}\n");
}

TEST_F(AdminTest, AnErrorThatStaysIsAnsweredAtOnce) {
  cluster().CreateTopic("t", {{"a", "b"}});
  cluster().FailNext(kListOffsetsRequest, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const Message reply = ListOffset({"t", 0}, RD_KAFKA_OFFSET_SPEC_LATEST);
  EXPECT_EQ(reply.code, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) << Describe(reply);
  EXPECT_EQ(cluster().CountRequests(kListOffsetsRequest), 1u);
}

TEST_F(AdminTest, ATopicThatDoesNotExistIsAnAnswer) {
  const Message reply = outbox().Call([&](ReplyTo reply_to) {
    admin_->Ask(admin::DescribeTopics{.topics = {"none"}}, kTimeoutMs, reply_to);
  });
  EXPECT_EQ(reply.code, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) << Describe(reply);
}

TEST_F(AdminTest, TopicsAreAskedForAgainAfterAnErrorThatPasses) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(outbox()
                .Call([&](ReplyTo to) {
                  admin_->Ask(admin::DescribeTopics{.topics = {"t"}}, kTimeoutMs, to);
                })
                .kind,
            MessageKind::kReply);
  cluster().FailNext(kMetadataRequest, {RD_KAFKA_RESP_ERR__TRANSPORT});
  const Message reply = outbox().Call(
      [&](ReplyTo reply_to) { admin_->Ask(admin::ListTopics{}, kTimeoutMs, reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  EXPECT_EQ(reply.text, R"(["t"])");
}

}  // namespace
}  // namespace sluice
