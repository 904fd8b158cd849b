#include "kafka/engine_fixture.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sluice {
namespace {

/// Prints log lines when SLUICE_TEST_LOG is set: for looking into a failure.
class LogPrinter final : public Outbox {
 public:
  void Post(Message message) override {
    if (getenv("SLUICE_TEST_LOG"))
      fprintf(stderr, "log %d %s\n", message.code, message.text.c_str());
  }
};

/// The rows of src/kafka/errors.ts that tests meet.
ErrorTable::Rows Rows() {
  return {
      {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, {50003, "Topic {topic} not present in metadata."}},
      {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, {50003, "Topic {topic} not present in metadata."}},
      {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
       {50003, "Partition {partition} of topic {topic} is not present in metadata."}},
      {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, {50002, "Invalid topics: [{topic}]"}},
      {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
       {40301, "Not authorized to access group: {group}"}},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
       {40301, "Not authorized to access topics: [{topic}]"}},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION, {40101, "Authentication failed"}},
      {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, {40101, "Authentication failed"}},
      {kTooLargeToSend, {50002, "The message is {size} bytes, more than {limit}."}},
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
       {50002, "The request included a message larger than the server will accept."}},
      {RD_KAFKA_RESP_ERR__TIMED_OUT, {50003, ""}},
      {RD_KAFKA_RESP_ERR__TRANSPORT, {50003, ""}},
      {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, {50003, ""}},
      {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, {50003, ""}},
      {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, {50003, ""}},
      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, {50003, ""}},
      {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, {50003, "Expiring record for {topic}: {timeout} ms"}},
  };
}

}  // namespace

EngineLimits TestLimits() {
  EngineLimits limits;
  limits.consumer_threads = 2;
  limits.parse_threads = 2;
  return limits;
}

EngineTest::EngineTest() : log_(std::make_shared<LogPrinter>()) {
  Engine& engine = Engine::Get();
  EXPECT_TRUE(engine.Configure(TestLimits()));
  engine.errors().Set(Rows());
  engine.SetLogOutbox(log_);
}

void EngineTest::TearDown() {
  Engine& engine = Engine::Get();
  EXPECT_TRUE(engine.Configure(TestLimits()));
  cluster().SetUp();  // So that nothing that ends has to wait for a broker.
  for (const auto& consumer : engine.consumers().All()) {
    outbox().Call([&](ReplyTo reply_to) { engine.consumers().Close(consumer->id(), reply_to); });
  }
  EXPECT_TRUE(Eventually([&] { return engine.consumers().size() == 0; })) << "An instance stays.";
  outbox_.reset();
  EXPECT_TRUE(Eventually([&] { return engine.chunks().used_bytes() == 0; })) << "A chunk leaked.";
  EXPECT_TRUE(Eventually([&] { return engine.produce_budget().used() == 0; }))
      << "A produce request stays counted.";
  EXPECT_EQ(engine.counters().open_reads, 0) << "A read stays counted.";
  EXPECT_EQ(engine.counters().inflight_records, 0) << "A record stays counted.";
}

}  // namespace sluice
