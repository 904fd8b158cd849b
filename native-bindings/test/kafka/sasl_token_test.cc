// Tokens: newer ones replace older ones in open clients, and clients end with their
// token.
#include "kafka/sasl_token.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "kafka/admin.h"
#include "kafka/consumer_fixture.h"
#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

constexpr int32_t kAuthentication = RD_KAFKA_RESP_ERR__AUTHENTICATION;
constexpr const char* kName = "caller:one";

int64_t InMs(int64_t milliseconds) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() + milliseconds;
}

/// Of a client that reaches no broker: what it is asked for waits, until its token ends.
Properties TokenProperties() {
  return {{"bootstrap.servers", "127.0.0.1:1"},
          {"security.protocol", "sasl_plaintext"},
          {"sasl.mechanisms", "OAUTHBEARER"},
          {"sasl.oauthbearer.config", kName}};
}

TEST(SaslTokenTest, PropertiesNameIt) {
  const auto token = SaslToken::Of(TokenProperties());
  ASSERT_TRUE(token);
  EXPECT_EQ(SaslToken::Of(TokenProperties()), token);
  EXPECT_FALSE(SaslToken::Of({{"sasl.oauthbearer.config", "principal=me"}}));
  EXPECT_FALSE(SaslToken::Of({{"sasl.mechanisms", "OAUTHBEARER"}}));
}

TEST(SaslTokenTest, ItIsExpiredUntilItHasAValue) {
  const auto token = SaslToken::Of(TokenProperties());
  EXPECT_TRUE(token->IsExpired(Clock::now()));
  EXPECT_TRUE(SaslToken::Set(kName, "a", InMs(60'000)));
  EXPECT_FALSE(token->IsExpired(Clock::now()));
  EXPECT_TRUE(token->IsExpired(Clock::now() + std::chrono::seconds(61)));
}

TEST(SaslTokenTest, AValueThatEndsEarlierChangesNothing) {
  const auto token = SaslToken::Of(TokenProperties());
  EXPECT_TRUE(SaslToken::Set(kName, "a", InMs(60'000)));
  const TimePoint end = token->expires_at();
  EXPECT_TRUE(SaslToken::Set(kName, "b", InMs(30'000)));
  EXPECT_EQ(token->expires_at(), end);
  EXPECT_EQ(token->version(), 1u);
  EXPECT_TRUE(SaslToken::Set(kName, "c", InMs(90'000)));
  EXPECT_GT(token->expires_at(), end);
  EXPECT_EQ(token->version(), 2u);
}

TEST(SaslTokenTest, WhatHasEndedOrIsNotUsedIsRefused) {
  EXPECT_FALSE(SaslToken::Set(kName, "a", InMs(60'000))) << "Nobody uses it.";
  const auto token = SaslToken::Of(TokenProperties());
  EXPECT_FALSE(SaslToken::Set(kName, "a", InMs(-1)));
  EXPECT_FALSE(SaslToken::Set("caller:other", "a", InMs(60'000)));
}

TEST(SaslTokenTest, ThatOfTheProcessEndsNoClient) {
  const auto token = SaslToken::Of({{"sasl.oauthbearer.config", "process:one"}});
  ASSERT_TRUE(token);
  EXPECT_FALSE(token->IsExpired(Clock::now())) << "Clients wait for its value.";
  EXPECT_TRUE(SaslToken::Set("process:one", "a", InMs(60'000)));
  EXPECT_FALSE(token->IsExpired(Clock::now() + std::chrono::seconds(61)));
  EXPECT_EQ(token->expires_at(), TimePoint::max());
}

/// The properties of a client, with those of the token in the place of its own.
Properties WithToken(Properties properties) {
  for (const auto& [name, value] : TokenProperties()) {
    std::erase_if(properties, [&](const auto& each) { return each.first == name; });
    properties.emplace_back(name, value);
  }
  return properties;
}

class TokenProducerTest : public ProducerTest {};

TEST_F(TokenProducerTest, RecordsFailWhenTheTokenEnds) {
  const auto producer = Producer::Get(WithToken(DefaultProperties()), true);
  const auto produce = [&] {
    const std::string text = CountingBody(2);
    Body body(Engine::Get().produce_budget());
    EXPECT_EQ(body.Append(text.data(), text.size()), 0);
    const ReplyTo reply_to = outbox().NewTicket();
    producer->Produce("t", -1, Format::kJson, std::move(body), reply_to);
    return reply_to;
  };
  const Message without = Await(produce());
  EXPECT_EQ(without.kind, MessageKind::kKafkaError) << Describe(without);
  EXPECT_EQ(without.code, kAuthentication);

  EXPECT_TRUE(SaslToken::Set(kName, "a", InMs(1500)));
  const auto failed = ParseDeliveries(Await(produce()));
  ASSERT_EQ(failed.size(), 2u);
  for (const auto& record : failed) EXPECT_EQ(record.error_code, 40101) << record.error;
  EXPECT_TRUE(Eventually([] { return Engine::Get().clients().open() == 0; })) << "It stays open.";

  EXPECT_TRUE(SaslToken::Set(kName, "b", InMs(1500))) << "Another token opens it again.";
  EXPECT_EQ(ParseDeliveries(Await(produce())).at(0).error_code, 40101);
  outbox().Call([&](ReplyTo reply_to) { producer->Close(60'000, std::move(reply_to)); });
}

TEST_F(TokenProducerTest, CallsOfAnAdminFailWhenTheTokenEnds) {
  const auto admin = Admin::Get(TokenProperties(), true);
  const auto describe = [&] {
    return outbox().Call(
        [&](ReplyTo reply_to) { admin->Ask(admin::DescribeCluster{}, 60'000, reply_to); });
  };
  EXPECT_EQ(describe().code, kAuthentication);
  EXPECT_TRUE(SaslToken::Set(kName, "a", InMs(1500)));
  const Message ended = describe();
  EXPECT_EQ(ended.kind, MessageKind::kKafkaError) << Describe(ended);
  EXPECT_EQ(ended.code, kAuthentication);
  EXPECT_TRUE(Eventually([] { return Engine::Get().clients().open() == 0; })) << "It stays open.";
}

class TokenConsumerTest : public ConsumerTest {};

TEST_F(TokenConsumerTest, ReadsFailWhenTheTokenEndsAndGoOnWithAnotherOne) {
  ConsumerSettings settings = Settings();
  settings.properties = WithToken(settings.properties);
  const auto token = SaslToken::Of(settings.properties);
  EXPECT_TRUE(SaslToken::Set(kName, "a", InMs(3000)));
  const auto consumer = Create(std::move(settings));
  Assign(consumer, {{"t", 0}});
  const auto read = [&] {
    return outbox().Call(
        [&](ReplyTo reply_to) { consumer->StartRead(Limits(120'000), std::move(reply_to)); });
  };
  EXPECT_EQ(read().code, kAuthentication);
  EXPECT_EQ(TryCommit(consumer).code, kAuthentication) << "It may do nothing now.";
  EXPECT_EQ(consumer->ReasonToExpire(Clock::now()), "") << "Another token may come.";
  EXPECT_NE(consumer->ReasonToExpire(Clock::now() + 2 * SaslToken::kGrace), "");

  EXPECT_TRUE(SaslToken::Set(kName, "b", InMs(2000)));
  EXPECT_EQ(read().code, kAuthentication);
  Close(consumer);
}

}  // namespace
}  // namespace sluice
