// Batches that a broker refuses because of some of their records.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

constexpr auto kNoError = RD_KAFKA_RESP_ERR_NO_ERROR;
constexpr auto kTooLarge = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
constexpr auto kInvalid = RD_KAFKA_RESP_ERR_INVALID_RECORD;
constexpr auto kGap = RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;

class ProducerRefusalsTest : public ProducerTest {
 protected:
  ProducerRefusalsTest() {
    cluster().CreateTopic("t", 1);
    EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  }

  /// The values in partition 0, without that of the constructor.
  std::vector<std::string> Written() {
    std::vector<std::string> values;
    for (const auto& record : cluster().ReadAll("t", 0)) values.push_back(*record.value);
    values.erase(values.begin());
    return values;
  }

  /// The error codes of a response.
  static std::vector<int32_t> Errors(const Message& reply) {
    std::vector<int32_t> errors;
    for (const auto& record : ParseDeliveries(reply)) errors.push_back(record.error_code);
    return errors;
  }
};

TEST_F(ProducerRefusalsTest, RecordsOfARefusedBatchAreSentAgainInSmallerOnes) {
  for (const auto error : {kTooLarge, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, kInvalid,
                           RD_KAFKA_RESP_ERR_POLICY_VIOLATION}) {
    cluster().FailNext(kProduceRequest, {error});
    EXPECT_EQ(Produce("t", CountingBody(20)).count, 0) << rd_kafka_err2name(error);
  }
  const auto written = Written();
  ASSERT_EQ(written.size(), 80u);
  for (int i = 0; i < 80; ++i) EXPECT_EQ(written[i], std::to_string(i % 20));
}

TEST_F(ProducerRefusalsTest, OnlyTheRecordThatIsRefusedByItselfFails) {
  // All four; then halves, of which the second is refused; then its third record, and the fourth
  // for the gap in the sequence before it.
  cluster().FailNext(kProduceRequest, {kInvalid, kNoError, kInvalid, kInvalid, kGap});
  EXPECT_EQ(Errors(Produce("t", CountingBody(4))), (std::vector<int32_t>{0, 0, 50002, 0}));
  EXPECT_EQ(Written(), (std::vector<std::string>{"0", "1", "3"}));
}

TEST_F(ProducerRefusalsTest, RecordsBehindARefusedOneKeepTheirOrder) {
  cluster().SetRoundTrip(100);
  // The first is refused alone while the others are in flight, which find a gap before them.
  cluster().FailNext(kProduceRequest, {kInvalid, kGap, kGap});
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 3; ++i) {
    asked.push_back(Start("t", BodyOf({"{\"value\":" + std::to_string(i) + "}"})));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(Await(asked[0]).count, 1);
  for (int i = 3; i < 20; ++i) asked.push_back(Start("t", BodyOf({R"({"value":9})"})));
  for (size_t i = 1; i < asked.size(); ++i) EXPECT_EQ(Await(asked[i]).count, 0) << i;
  const auto written = Written();
  ASSERT_EQ(written.size(), 19u);
  EXPECT_EQ(written[0], "1");
  EXPECT_EQ(written[1], "2");
}

TEST_F(ProducerRefusalsTest, RefusedRecordsCostNoEpochOfTheProducer) {
  for (int i = 0; i < 10; ++i) {
    cluster().FailNext(kProduceRequest, {kInvalid});
    EXPECT_EQ(Produce("t", CountingBody(1)).count, 1);
    EXPECT_EQ(Produce("t", CountingBody(10)).count, 0);
  }
  EXPECT_EQ(Written().size(), 100u);
  EXPECT_EQ(cluster().CountRequests(kInitProducerIdRequest), 1u);
}

TEST_F(ProducerRefusalsTest, ARefusedBatchThatMayHaveBeenWrittenBeforeIsNotSentAgain) {
  cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, kInvalid});
  EXPECT_EQ(Produce("t", CountingBody(10)).count, 10);
  EXPECT_EQ(Produce("t", CountingBody(10)).count, 0);
  EXPECT_EQ(Written().size(), 10u);
}

TEST_F(ProducerRefusalsTest, WithoutIdempotenceRefusedBatchesAreSentAgainAsWell) {
  DropProducer();
  Set("enable.idempotence", "false");
  cluster().FailNext(kProduceRequest, {kTooLarge, kTooLarge});
  EXPECT_EQ(Produce("t", CountingBody(20)).count, 0);
  EXPECT_EQ(Written().size(), 20u);
}

TEST_F(ProducerRefusalsTest, ATopicThatMayNotBeWrittenToFailsAllRecordsAtOnce) {
  const size_t before = cluster().CountRequests(kProduceRequest);
  cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION});
  EXPECT_EQ(Produce("t", CountingBody(20)).count, 20);
  EXPECT_EQ(cluster().CountRequests(kProduceRequest), before + 1);
  EXPECT_EQ(Produce("t", CountingBody(20)).count, 0);
}

TEST_F(ProducerRefusalsTest, ALogThatLostRecordsIsWrittenToAgain) {
  cluster().FailNext(kProduceRequest, {kGap});
  EXPECT_EQ(Produce("t", CountingBody(10)).count, 0);
  EXPECT_EQ(Written().size(), 10u);
}

// Takes minutes: a producer id has 32768 epochs.
TEST_F(ProducerRefusalsTest, DISABLED_AProducerThatHasHadAllItsEpochsGetsAnotherId) {
  Set("linger.ms", "0");
  for (int i = 0; i < 32'768; ++i) {
    // Leaves a gap of which nothing is known.
    cluster().FailNext(kProduceRequest, {RD_KAFKA_RESP_ERR_UNKNOWN});
    ASSERT_EQ(Produce("t", CountingBody(1)).count, 1);
  }
  EXPECT_EQ(Produce("t", CountingBody(10)).count, 0);
  EXPECT_EQ(cluster().CountRequests(kInitProducerIdRequest), 2u);
}

}  // namespace
}  // namespace sluice
