// What a producer knows of topics, and what it forgets.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "kafka/producer_client.h"
#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

class ProducerTopicsTest : public ProducerTest {
 protected:
  void SetUp() override { rd_kafka_mock_start_request_tracking(cluster().mock()); }
  void TearDown() override {
    rd_kafka_mock_stop_request_tracking(cluster().mock());
    ProducerTest::TearDown();
  }

  size_t CountClients() { return cluster().CountRequests(kInitProducerIdRequest); }
};

TEST_F(ProducerTopicsTest, APartitionThatIsNotKnownIsAskedForOnceASecond) {
  cluster().CreateTopic("t", 2);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  const size_t before = cluster().CountRequests(kMetadataRequest);
  const TimePoint start = Clock::now();
  constexpr int kRefusals = 300;
  for (int i = 0; i < kRefusals; ++i) {
    const auto deliveries = ParseDeliveries(Produce("t", CountingBody(1, 7)));
    ASSERT_EQ(deliveries.size(), 1u);
    ASSERT_EQ(deliveries[0].error, "Partition 7 of topic t is not present in metadata.");
  }
  EXPECT_TRUE(Eventually([&] { return cluster().CountRequests(kMetadataRequest) > before; }));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(Clock::now() - start).count();
  // librdkafka has reasons of its own, too, once a second.
  EXPECT_LE(cluster().CountRequests(kMetadataRequest) - before, 2u + 2u * seconds);
}

TEST_F(ProducerTopicsTest, ATopicIsKnownWhenItTookARecord) {
  cluster().CreateTopic("t", 1);
  ClientFault fault;
  const auto client = ProducerClient::Open(DefaultProperties(), nullptr, nullptr, {}, &fault);
  ASSERT_TRUE(client) << fault.text;
  std::vector<std::shared_ptr<ProducerTopic>> topics;
  for (int i = 0; !client->is_worn(); ++i) {
    ASSERT_LT(i, 1000);
    topics.push_back(client->Topic("name" + std::to_string(i)));
  }
  EXPECT_EQ(client->Topic("name0"), topics[0]);
  for (int i = 0; i < 2; ++i) client->OnTopicKnown(*topics[0], true);
  EXPECT_FALSE(client->is_worn());
  for (int i = 0; i < 2; ++i) client->OnTopicKnown(*topics[0], false);
  EXPECT_TRUE(client->is_worn());
  topics.clear();
  client->Close(0);
}

TEST_F(ProducerTopicsTest, AProducerDoesNotKeepNamesOfTopicsThatAreNotThere) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  const size_t clients = CountClients();
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 600; ++i) {
    const std::string name = "missing" + std::to_string(i);
    rd_kafka_mock_topic_set_error(cluster().mock(), name.c_str(),
                                  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    asked.push_back(Start(name, CountingBody(1)));
  }
  for (const ReplyTo& each : asked) EXPECT_EQ(Await(each).count, 1);
  // Another client took over, and nothing that was handed to the first is lost.
  int written = 1;
  EXPECT_TRUE(Eventually([&] {
    written += Produce("t", CountingBody(1)).count == 0 ? 1 : 0;
    return CountClients() > clients;
  }));
  EXPECT_EQ(cluster().ReadAll("t", 0).size(), static_cast<size_t>(written));
}

TEST_F(ProducerTopicsTest, TopicsThatMayNotBeWrittenToDoNotPileUp) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  const size_t clients = CountClients();
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 600; ++i) {
    const std::string name = "secret" + std::to_string(i);
    rd_kafka_mock_topic_set_error(cluster().mock(), name.c_str(),
                                  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    asked.push_back(Start(name, CountingBody(1)));
  }
  for (const ReplyTo& each : asked) EXPECT_EQ(Await(each).count, 1);
  EXPECT_TRUE(Eventually([&] {
    EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
    return CountClients() > clients;
  }));
}

}  // namespace
}  // namespace sluice
