// Credentials that no broker takes: calls fail as soon as that is known. The mock cluster speaks no
// SASL and hangs up.
#include "kafka/refused_credentials.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "kafka/admin.h"
#include "kafka/consumer_fixture.h"
#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

constexpr auto kRefused = RD_KAFKA_RESP_ERR__AUTHENTICATION;
constexpr auto kAllDown = RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;

const Properties& Credentials() {
  static const auto* credentials = new Properties{{"security.protocol", "sasl_plaintext"},
                                                  {"sasl.mechanism", "PLAIN"},
                                                  {"sasl.username", "u"},
                                                  {"sasl.password", "p"}};
  return *credentials;
}

TEST(RefusedCredentialsTest, OnlyMatterWhenAllBrokersAreDown) {
  RefusedCredentials refused;
  const TimePoint now = Clock::now();
  EXPECT_FALSE(refused.OnError(kAllDown, {}, now));
  EXPECT_FALSE(refused.OnError(kRefused, {}, now));
  EXPECT_TRUE(refused.OnError(kAllDown, {}, now));
  EXPECT_TRUE(refused.OnError(kAllDown, {}, now + std::chrono::seconds(30)));
  EXPECT_EQ(refused.code(now), kRefused);
}

TEST(RefusedCredentialsTest, AreForgottenForAnotherReasonAnAnswerOrAWhile) {
  RefusedCredentials refused;
  const TimePoint now = Clock::now();
  refused.OnError(kRefused, {}, now);
  refused.OnError(RD_KAFKA_RESP_ERR__TRANSPORT, {}, now);
  EXPECT_FALSE(refused.OnError(kAllDown, {}, now));
  refused.OnError(RD_KAFKA_RESP_ERR__SSL, {}, now);
  EXPECT_TRUE(refused.OnError(kAllDown, {}, now));
  refused.Forget();
  EXPECT_FALSE(refused.OnError(kAllDown, {}, now));
  refused.OnError(kRefused, {}, now);
  EXPECT_FALSE(refused.OnError(kAllDown, {}, now + std::chrono::seconds(60)));
}

TEST(RefusedCredentialsTest, ACertificateIsRefusedByAnAlertAboutIt) {
  constexpr auto kFailed = RD_KAFKA_RESP_ERR__TRANSPORT;
  const TimePoint now = Clock::now();
  for (const char* text :
       {"Receive failed: error: alert bad certificate: SSL alert number 42 (after 1ms)",
        "SSL alert number 116"}) {
    RefusedCredentials refused;
    EXPECT_FALSE(refused.OnError(kFailed, text, now));
    EXPECT_TRUE(refused.OnError(kAllDown, {}, now)) << text;
    EXPECT_EQ(refused.code(now), RD_KAFKA_RESP_ERR__SSL);
  }
  for (const char* text : {"Receive failed: Connection reset by peer", "SSL alert number 80",
                           "SSL alert number ", "SSL alert number 4", ""}) {
    RefusedCredentials refused;
    refused.OnError(kFailed, text, now);
    EXPECT_FALSE(refused.OnError(kAllDown, {}, now)) << text;
  }
}

class RefusedAdminTest : public EngineTest {
 protected:
  RefusedAdminTest() {
    Properties properties = Credentials();
    properties.emplace_back("bootstrap.servers", cluster().bootstrap_servers());
    properties.emplace_back("reconnect.backoff.max.ms", "500");
    admin_ = Admin::Get(properties);
  }

  std::shared_ptr<Admin> admin_;
};

TEST_F(RefusedAdminTest, EachCallFailsSoonTheFirstAndTheNext) {
  const auto start = Clock::now();
  for (int i = 0; i < 3; ++i) {
    const Message brokers = outbox().Call(
        [&](ReplyTo reply_to) { admin_->Ask(admin::DescribeCluster{}, 60'000, reply_to); });
    EXPECT_EQ(brokers.code, kRefused) << Describe(brokers);
    const Message topics = outbox().Call(
        [&](ReplyTo reply_to) { admin_->Ask(admin::ListTopics{}, 60'000, reply_to); });
    EXPECT_EQ(topics.code, kRefused) << Describe(topics);
  }
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(30));
}

using RefusedProducerTest = ProducerTest;

TEST_F(RefusedProducerTest, EachRecordFailsSoon) {
  for (const auto& [name, value] : Credentials()) Set(name, value);
  const auto start = Clock::now();
  for (int i = 0; i < 3; ++i) {
    const Message reply = Produce("t", CountingBody(2));
    EXPECT_EQ(reply.code, 401);
    EXPECT_EQ(reply.count, 2);
    for (const auto& delivery : ParseDeliveries(reply)) EXPECT_EQ(delivery.error_code, 40101);
  }
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(30));
  EXPECT_EQ(Close(0), 0);
}

TEST_F(RefusedProducerTest, RecordsThatComeAfterTheClientGaveUpFailSoon) {
  for (const auto& [name, value] : Credentials()) Set(name, value);
  // Nothing tells the client again that no broker takes it.
  Set("reconnect.backoff.ms", "60000");
  Set("reconnect.backoff.max.ms", "60000");
  const auto start = Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Produce("t", CountingBody(2)).code, 401);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(20));
}

class RefusedConsumerTest : public ConsumerTest {
 protected:
  ConsumerSettings RefusedSettings() {
    ConsumerSettings settings = Settings();
    for (const auto& [name, value] : Credentials()) Set(&settings, name, value);
    return settings;
  }

  /// The code of the fault that a read ends with; no error when it is none.
  int32_t ReadFault(const std::shared_ptr<Consumer>& consumer, int timeout_ms) {
    const DrivenRead read = ReadNothing(consumer, timeout_ms);
    return read.fault() ? read.fault()->code : RD_KAFKA_RESP_ERR_NO_ERROR;
  }
};

TEST_F(RefusedConsumerTest, EachReadFailsSoon) {
  const auto consumer = Create(RefusedSettings());
  Subscribe(consumer, {"t"});
  const auto start = Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReadFault(consumer, 60'000), kRefused);
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(30));
}

TEST_F(RefusedConsumerTest, ShortReadsFailToo) {
  const auto consumer = Create(RefusedSettings());
  Assign(consumer, {{"t", 0}});
  EXPECT_EQ(AwaitFault(consumer).code, kRefused);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(ReadFault(consumer, 50), kRefused);
}

TEST_F(RefusedConsumerTest, CommitsFailSoon) {
  const auto consumer = Create(RefusedSettings());
  Assign(consumer, {{"t", 0}});
  const Message reply = outbox().Call([&](ReplyTo reply_to) {
    consumer->Commit({{{"t", 0}, 1, {}}}, reply_to);
  });
  EXPECT_EQ(reply.code, kRefused) << Describe(reply);
}

}  // namespace
}  // namespace sluice
