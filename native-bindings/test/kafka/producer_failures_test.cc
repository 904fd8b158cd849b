// What becomes of records that cannot be written: each has its answer, in time, and nothing else
// is.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

using std::chrono::steady_clock;

using ProducerFailuresTest = ProducerTest;

/// An idempotent client whose retry is told the second gives up for good.
const std::vector<rd_kafka_resp_err_t> kGiveUp = {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                                  RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID};

/// The whole response of records that failed alike.
void ExpectAllFailed(const Message& reply, int count, int32_t error_code,
                     const std::string& error) {
  const auto deliveries = ParseDeliveries(reply);
  EXPECT_EQ(deliveries.size(), static_cast<size_t>(count));
  EXPECT_EQ(reply.count, count);
  for (const auto& each : deliveries) {
    EXPECT_EQ(each.partition, -1);
    EXPECT_EQ(each.offset, -1);
    EXPECT_EQ(each.error_code, error_code);
    EXPECT_EQ(each.error, error);
  }
}

TEST_F(ProducerFailuresTest, NothingOfARefusedBodyIsWritten) {
  cluster().CreateTopic("t", 1);
  for (const char* body :
       {R"({"records":[{"value":"AA=="},{"value":"!"}]})", R"({"records":[{"value":"AA=="})",
        R"({"records":[{"value":"AA=="}],"made_up":1})", R"({"records":[]})", "", "null"}) {
    const Message reply = Produce("t", body, Format::kBinary);
    EXPECT_EQ(reply.kind, MessageKind::kFault) << body;
    EXPECT_TRUE(reply.code == 400 || reply.code == 422) << reply.code;
    EXPECT_NE(reply.text, "");
  }
  EXPECT_EQ(ParseDeliveries(Produce("t", CountingBody(1)))[0].offset, 0);
}

TEST_F(ProducerFailuresTest, NothingOfALargeRefusedBodyIsWritten) {
  cluster().CreateTopic("t", 1);
  std::vector<std::string> records(5000, R"({"value":"AAAA"})");
  records.push_back(R"({"value":"?"})");
  EXPECT_EQ(Produce("t", BodyOf(records), Format::kBinary).code, 400);
  EXPECT_EQ(ParseDeliveries(Produce("t", CountingBody(1)))[0].offset, 0);
}

TEST_F(ProducerFailuresTest, ABodyThatNothingWasAppendedToIsRefused) {
  const ReplyTo reply_to = outbox().NewTicket();
  producer().Produce("t", -1, Format::kJson, Body(Engine::Get().produce_budget()), reply_to);
  EXPECT_EQ(Await(reply_to).kind, MessageKind::kFault);
}

TEST_F(ProducerFailuresTest, AnUnknownTopicFailsWithinSeconds) {
  rd_kafka_mock_topic_set_error(cluster().mock(), "none", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  const auto start = steady_clock::now();
  ExpectAllFailed(Produce("none", CountingBody(3)), 3, 50003,
                  "Topic none not present in metadata.");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ProducerFailuresTest, AnUnknownTopicIsAskedForAgain) {
  rd_kafka_mock_topic_set_error(cluster().mock(), "late", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  EXPECT_EQ(Produce("late", CountingBody(1)).count, 1);
  rd_kafka_mock_topic_set_error(cluster().mock(), "late", RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_TRUE(Eventually([&] { return Produce("late", CountingBody(1)).count == 0; }));
}

TEST_F(ProducerFailuresTest, AnIllegalTopicNameFailsEachRecord) {
  for (const std::string topic : {"a b", "ä", "..", "a/b", "", "{partition}"}) {
    ExpectAllFailed(Produce(topic, CountingBody(2)), 2, 50002, "Invalid topics: [" + topic + "]");
  }
  const std::string too_long(250, 'x');
  ExpectAllFailed(Produce(too_long, CountingBody(1)), 1, 50002,
                  "Invalid topics: [" + too_long + "]");
  // Else the answer would be a megabyte for each hundred records.
  std::string huge = std::string(299, 'x') + "ä";
  huge.append(30'000, 'x');
  ExpectAllFailed(Produce(huge, CountingBody(3)), 3, 50002,
                  "Invalid topics: [" + std::string(299, 'x') + "]");
}

TEST_F(ProducerFailuresTest, APartitionThatIsNotThereFailsItsRecordsOnly) {
  cluster().CreateTopic("t", 2);
  for (int round = 0; round < 2; ++round) {  // Before the topic is known, and after.
    const auto deliveries = ParseDeliveries(
        Produce("t", R"({"records":[{"value":1,"partition":7},{"value":2,"partition":1}]})"));
    ASSERT_EQ(deliveries.size(), 2u);
    EXPECT_EQ(deliveries[0].error_code, 50003);
    EXPECT_EQ(deliveries[0].error, "Partition 7 of topic t is not present in metadata.");
    EXPECT_EQ(deliveries[1].error_code, 0);
    EXPECT_EQ(deliveries[1].partition, 1);
  }
}

TEST_F(ProducerFailuresTest, APartitionThatIsNotThereFailsRecordsWithHeadersToo) {
  cluster().CreateTopic("t", 2);
  for (int round = 0; round < 2; ++round) {
    const auto deliveries = ParseDeliveries(
        Produce("t", R"({"records":[{"value":1,"partition":7,"headers":[{"name":"h","value":null}]},
                            {"value":2,"headers":[{"name":"h","value":null}]}]})"));
    ASSERT_EQ(deliveries.size(), 2u);
    EXPECT_EQ(deliveries[0].error, "Partition 7 of topic t is not present in metadata.");
    EXPECT_EQ(deliveries[1].error_code, 0);
  }
}

TEST_F(ProducerFailuresTest, ANegativePartitionFails) {
  cluster().CreateTopic("t", 2);
  const Message reply = Produce("t", CountingBody(1), Format::kJson, -5);
  EXPECT_EQ(reply.kind, MessageKind::kReply);
  EXPECT_EQ(reply.count, 1);
}

TEST_F(ProducerFailuresTest, ARecordTooLargeToSendSaysItsSizeAndTheLimit) {
  cluster().CreateTopic("t", 1);
  Set("message.max.bytes", "10000");
  const std::string large(12'000, 'x');
  for (const char* header : {"", R"(,"headers":[{"name":"h","value":null}])"}) {
    const auto deliveries = ParseDeliveries(Produce(
        "t",
        BodyOf({R"({"value":"small"})", R"({"key":"key","value":")" + large + '"' + header + '}',
                R"({"value":"small"})"}),
        Format::kString));
    ASSERT_EQ(deliveries.size(), 3u);
    EXPECT_EQ(deliveries[0].error_code, 0);
    EXPECT_EQ(deliveries[1].error_code, 50002);
    EXPECT_EQ(deliveries[1].error, "The message is 12003 bytes, more than 10000.");
    EXPECT_EQ(deliveries[2].error_code, 0);
  }
}

TEST_F(ProducerFailuresTest, ARecordTooLargeForTheBrokerDoesNotBlameTheProducer) {
  cluster().CreateTopic("t", 1);
  cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  ExpectAllFailed(Produce("t", CountingBody(1)), 1, 50002,
                  "The request included a message larger than the server will accept.");
}

TEST_F(ProducerFailuresTest, EveryRecordIsAnsweredWhenNoBrokerIsThere) {
  Set("delivery.timeout.ms", "1500");
  cluster().SetDown();
  const auto start = steady_clock::now();
  ExpectAllFailed(Produce("t", CountingBody(100)), 100, 50003, "Expiring record for t: 1500 ms");
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ProducerFailuresTest, EveryRecordIsAnsweredWhenTheBrokerIsLostInTheMiddle) {
  cluster().CreateTopic("t", 1);
  Set("delivery.timeout.ms", "2000");
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().SetRoundTrip(500);
  const ReplyTo reply_to = Start("t", CountingBody(50));
  cluster().SetDown();
  const Message reply = Await(reply_to);
  EXPECT_EQ(ParseDeliveries(reply).size(), 50u);
}

TEST_F(ProducerFailuresTest, AProducerGoesOnWhenTheBrokerComesBack) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().SetDown();
  const ReplyTo reply_to = Start("t", CountingBody(10));
  EXPECT_FALSE(outbox().Next(reply_to.ticket, std::chrono::milliseconds(300)));
  cluster().SetUp();
  EXPECT_EQ(Await(reply_to).count, 0);
  EXPECT_EQ(cluster().ReadAll("t", 0).size(), 11u);
}

TEST_F(ProducerFailuresTest, RetriableErrorsAreRetriedToSuccessWithoutDuplicates) {
  cluster().CreateTopic("t", 1);
  cluster().FailNext(kProduceRequest,
                     {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                      RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR});
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 10; ++i) asked.push_back(Start("t", CountingBody(20)));
  for (const auto& each : asked) EXPECT_EQ(Await(each).count, 0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(records[i].value, std::to_string(i % 20));
}

TEST_F(ProducerFailuresTest, ARecordThatWeMayNotWriteDecidesTheStatus) {
  cluster().CreateTopic("t", 1);
  cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED});
  EXPECT_EQ(Produce("t", CountingBody(1)).code, 401);
  EXPECT_EQ(Produce("t", CountingBody(1)).code, 200);
  cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const Message reply = Produce("t", CountingBody(2));
  EXPECT_EQ(reply.code, 403);
  ExpectAllFailed(reply, 2, 40301, "Not authorized to access topics: [t]");
}

TEST_F(ProducerFailuresTest, ARecordThatFailsOtherwiseDoesNotChangeTheStatus) {
  cluster().CreateTopic("t", 1);
  cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP});
  const Message reply = Produce("t", CountingBody(1));
  EXPECT_EQ(reply.code, 200);
  ExpectAllFailed(reply, 1, 50002, "Broker: Invalid timestamp");
}

TEST_F(ProducerFailuresTest, AClientThatGaveUpIsReplaced) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().FailNext(kProduceRequest, kGiveUp);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 1);
  EXPECT_TRUE(Eventually([&] { return Produce("t", CountingBody(1)).count == 0; }));
}

TEST_F(ProducerFailuresTest, RecordsInFlightAreAnsweredWhenTheClientGivesUp) {
  cluster().CreateTopic("t", 2);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().FailNext(kProduceRequest, kGiveUp);
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 50; ++i) asked.push_back(Start("t", CountingBody(10, i % 2)));
  for (const auto& each : asked) EXPECT_EQ(ParseDeliveries(Await(each)).size(), 10u);
}

TEST_F(ProducerFailuresTest, ARecordThatComesBackToAClientThatGaveUpFailsSoon) {
  cluster().CreateTopic("t", 2);
  rd_kafka_mock_partition_set_leader(cluster().mock(), "t", 0, 0);
  rd_kafka_mock_partition_set_leader(cluster().mock(), "t", 1, 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  // A broker that does not answer has the record while the client gives up.
  rd_kafka_mock_broker_push_request_error_rtts(cluster().mock(), 0, kProduceRequest, 1,
                                               RD_KAFKA_RESP_ERR_NO_ERROR, 60'000);
  const size_t before = cluster().CountRequests(kProduceRequest);
  const ReplyTo record = Start("t", CountingBody(1, 0));
  ASSERT_TRUE(Eventually([&] { return cluster().CountRequests(kProduceRequest) > before; }));
  cluster().FailNext(kProduceRequest, kGiveUp);
  const std::string why = rd_kafka_err2str(kGiveUp.back());
  ExpectAllFailed(Produce("t", CountingBody(1, 1)), 1, 50002, why);
  // By then librdkafka has failed what it had in its queues itself, which it does once.
  EXPECT_FALSE(outbox().Next(record.ticket, std::chrono::seconds(3)));
  const auto start = steady_clock::now();
  cluster().SetDown();
  ExpectAllFailed(Await(record), 1, 50002, why);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ProducerFailuresTest, WhatABrokerHasWhenTheClientIsReplacedIsAcknowledged) {
  cluster().CreateTopic("t", 2);
  rd_kafka_mock_partition_set_leader(cluster().mock(), "t", 0, 0);
  rd_kafka_mock_partition_set_leader(cluster().mock(), "t", 1, 1);
  EXPECT_EQ(Produce("t", CountingBody(1, 1)).count, 0);
  rd_kafka_mock_broker_push_request_error_rtts(cluster().mock(), 0, kProduceRequest, 1,
                                               RD_KAFKA_RESP_ERR_NO_ERROR, 5'000);
  const size_t before = cluster().CountRequests(kProduceRequest);
  const ReplyTo slow = Start("t", CountingBody(10, 0));
  ASSERT_TRUE(Eventually([&] { return cluster().CountRequests(kProduceRequest) > before; }));
  cluster().FailNext(kProduceRequest, kGiveUp);
  EXPECT_EQ(Produce("t", CountingBody(1, 1)).count, 1);
  EXPECT_TRUE(Eventually([&] { return Produce("t", CountingBody(1, 1)).count == 0; }));
  EXPECT_EQ(Await(slow).count, 0);
  EXPECT_EQ(cluster().ReadAll("t", 0).size(), 10u);
}

TEST_F(ProducerFailuresTest, EachRecordOfAClientThatGaveUpIsToldWhy) {
  cluster().CreateTopic("t", 1);
  constexpr auto kCause = RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
  cluster().FailNext(kInitProducerIdRequest, std::vector<rd_kafka_resp_err_t>(10, kCause));
  const std::string why = rd_kafka_err2str(kCause);
  // One that waits, and those that come before there is a new client.
  ExpectAllFailed(Produce("t", CountingBody(1)), 1, 50002, why);
  ExpectAllFailed(Produce("t", CountingBody(1)), 1, 50002, why);
  const std::string header = R"({"value":1,"headers":[{"name":"h","value":null}]})";
  ExpectAllFailed(Produce("t", BodyOf({header})), 1, 50002, why);
}

TEST_F(ProducerFailuresTest, PropertiesThatLibrdkafkaRefusesAreNamedToEveryRequest) {
  Set("linger.ms", "soon");
  for (int i = 0; i < 2; ++i) {
    const Message reply = Produce("t", CountingBody(1));
    EXPECT_EQ(reply.kind, MessageKind::kKafkaError);
    EXPECT_EQ(reply.code, RD_KAFKA_RESP_ERR__INVALID_ARG);
    EXPECT_NE(reply.text.find("linger.ms"), std::string::npos) << reply.text;
  }
}

class ProducerBudgetTest : public ProducerTest {
 protected:
  void SetLimit(int64_t bytes) {
    EngineLimits limits = TestLimits();
    limits.produce_inflight_bytes = bytes;
    EXPECT_TRUE(Engine::Get().Configure(limits));
  }
};

TEST_F(ProducerBudgetTest, ARequestThatCanNeverFitIsTooLarge) {
  cluster().CreateTopic("t", 1);
  SetLimit(20'000);
  // By their number; and by bytes and number together.
  for (const std::string& body : {CountingBody(100), CountingBody(30) + std::string(14'000, ' ')}) {
    const Message reply = Produce("t", body);
    EXPECT_EQ(reply.kind, MessageKind::kFault);
    EXPECT_EQ(reply.code, 413) << reply.text;
    EXPECT_NE(reply.text.find("records"), std::string::npos) << reply.text;
  }
  EXPECT_EQ(ParseDeliveries(Produce("t", CountingBody(1)))[0].offset, 0);
}

TEST_F(ProducerBudgetTest, ARequestThatFindsNoRoomMayTryAgainAndWroteNothing) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  SetLimit(20'000);
  cluster().SetRoundTrip(1000);
  const ReplyTo first = Start("t", CountingBody(50));
  const Message refused = Produce("t", CountingBody(50));
  EXPECT_EQ(refused.kind, MessageKind::kFault);
  EXPECT_EQ(refused.code, 429) << refused.text;
  EXPECT_EQ(Await(first).count, 0);
  cluster().SetRoundTrip(0);
  EXPECT_TRUE(Eventually([] { return Engine::Get().produce_budget().used() == 0; }));
  EXPECT_EQ(ParseDeliveries(Produce("t", CountingBody(50)))[0].offset, 51);
}

}  // namespace
}  // namespace sluice
