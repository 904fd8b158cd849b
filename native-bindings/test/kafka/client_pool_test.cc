// The clients of principals: their places, their idle time, and a client that goes while a request
// takes it.
#include "kafka/client_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kafka/admin.h"
#include "kafka/producer_fixture.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

class ClientPoolTest : public ProducerTest {
 protected:
  void TearDown() override {
    outbox().Call([](ReplyTo reply_to) { Producer::ClosePooled(60'000, std::move(reply_to)); });
    producers_.clear();
    admins_.clear();
    EXPECT_TRUE(Eventually([this] { return pool().open() == 0; })) << "A place stays taken.";
    ProducerTest::TearDown();
  }

  static ClientPool& pool() { return Engine::Get().clients(); }

  static void SetPool(int32_t max_clients, int32_t idle_ms) {
    EngineLimits limits = TestLimits();
    limits.max_pooled_clients = max_clients;
    limits.pooled_idle_ms = idle_ms;
    EXPECT_TRUE(Engine::Get().Configure(limits));
  }

  Properties PropertiesOf(const std::string& principal) {
    Properties properties = DefaultProperties();
    properties.emplace_back("client.id", principal);
    return properties;
  }

  std::shared_ptr<Producer> ProducerOf(const std::string& principal) {
    return producers_.emplace_back(Producer::Get(PropertiesOf(principal), true));
  }

  std::shared_ptr<Admin> AdminOf(const std::string& principal) {
    return admins_.emplace_back(Admin::Get(PropertiesOf(principal), true));
  }

  ReplyTo StartWith(Producer& producer, std::string_view text) {
    Body body(Engine::Get().produce_budget());
    EXPECT_EQ(body.Append(text.data(), text.size()), 0);
    const ReplyTo reply_to = outbox().NewTicket();
    producer.Produce("t", -1, Format::kJson, std::move(body), reply_to);
    return reply_to;
  }

  Message ProduceWith(Producer& producer) { return Await(StartWith(producer, CountingBody(1))); }

  Message Describe(Admin& admin) {
    return outbox().Call(
        [&](ReplyTo reply_to) { admin.Ask(admin::DescribeCluster{}, 60'000, reply_to); });
  }

 private:
  std::vector<std::shared_ptr<Producer>> producers_;
  std::vector<std::shared_ptr<Admin>> admins_;
};

TEST_F(ClientPoolTest, AFullPoolRefusesAndServesThoseWhoHaveAPlace) {
  cluster().CreateTopic("t", 1);
  SetPool(2, 300'000);
  const auto one = ProducerOf("one");
  const auto admin = AdminOf("one");
  const auto other = ProducerOf("other");
  const auto others_admin = AdminOf("other");
  EXPECT_EQ(ProduceWith(*one).count, 0);
  EXPECT_EQ(Describe(*admin).kind, MessageKind::kReply);
  const int64_t refused = pool().refused();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ProduceWith(*other).code, kNoClients);
    EXPECT_EQ(Describe(*others_admin).code, kNoClients);
    EXPECT_EQ(ProduceWith(*one).count, 0);
    EXPECT_EQ(Describe(*admin).kind, MessageKind::kReply);
  }
  EXPECT_EQ(pool().refused() - refused, 6);
  EXPECT_EQ(pool().open(), 2);
}

TEST_F(ClientPoolTest, AClientThatIsIdleGivesItsPlaceBackAndIsOpenedAgain) {
  cluster().CreateTopic("t", 1);
  SetPool(1, 100);
  const auto one = ProducerOf("one");
  const auto other = AdminOf("other");
  const int64_t evicted = pool().evicted();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Eventually([&] { return ProduceWith(*one).kind == MessageKind::kReply; }));
    EXPECT_TRUE(Eventually([&] { return Describe(*other).kind == MessageKind::kReply; }));
  }
  EXPECT_GE(pool().evicted() - evicted, 3);
}

TEST_F(ClientPoolTest, AClientWithRecordsOrCallsInProgressIsNotIdle) {
  cluster().CreateTopic("t", 1);
  SetPool(10, 100);
  const auto one = ProducerOf("one");
  const auto admin = AdminOf("one");
  EXPECT_EQ(ProduceWith(*one).count, 0);
  EXPECT_EQ(Describe(*admin).kind, MessageKind::kReply);
  cluster().SetRoundTrip(3000);
  const ReplyTo record = StartWith(*one, CountingBody(10));
  EXPECT_EQ(Describe(*admin).kind, MessageKind::kReply);
  EXPECT_EQ(Await(record).count, 0);
  cluster().SetRoundTrip(0);
  EXPECT_TRUE(Eventually([] { return pool().open() == 0; }));
}

TEST_F(ClientPoolTest, ARequestMayTakeAClientThatGoes) {
  cluster().CreateTopic("t", 4);
  SetPool(100, 0);  // Each client goes as soon as it is seen to be idle.
  const auto shared = ProducerOf("shared");
  const auto admin = AdminOf("shared");
  std::atomic<int> written{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const std::string text = CountingBody(i % 7 == 0 ? 1000 : 3);
        Body body(Engine::Get().produce_budget());
        EXPECT_EQ(body.Append(text.data(), text.size()), 0);
        const Message reply = outbox().Call([&](ReplyTo reply_to) {
          shared->Produce("t", -1, Format::kJson, std::move(body), std::move(reply_to));
        });
        EXPECT_EQ(reply.kind, MessageKind::kReply) << sluice::Describe(reply);
        EXPECT_EQ(reply.count, 0);
        written += i % 7 == 0 ? 1000 : 3;
        if (i % 10 == t) std::this_thread::sleep_for(std::chrono::milliseconds(5 * t));
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 60; ++i) {
      const Message reply = Describe(*admin);
      EXPECT_EQ(reply.kind, MessageKind::kReply) << sluice::Describe(reply);
    }
  });
  for (auto& thread : threads) thread.join();
  size_t records = 0;
  for (int32_t partition = 0; partition < 4; ++partition) {
    records += cluster().ReadAll("t", partition).size();
  }
  EXPECT_EQ(records, static_cast<size_t>(written));
}

TEST_F(ClientPoolTest, ObjectsOfTheSamePropertiesMayGoWhileOthersAskForThem) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const std::string principal = std::to_string(i % 3);
        const auto producer = Producer::Get(PropertiesOf(principal), true);
        EXPECT_EQ(producer->properties().back().second, principal);
        EXPECT_EQ(Admin::Get(PropertiesOf(principal), true)->properties().back().second, principal);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(ClientPoolTest, ClosingCompletesTheRecordsOfAllPrincipals) {
  cluster().CreateTopic("t", 1);
  SetPool(10, 300'000);
  cluster().SetRoundTrip(200);
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(StartWith(*ProducerOf(std::to_string(i)), CountingBody(50)));
  }
  const Message closed =
      outbox().Call([](ReplyTo reply_to) { Producer::ClosePooled(60'000, std::move(reply_to)); });
  EXPECT_EQ(closed.count, 0);
  for (const auto& each : asked) EXPECT_EQ(Await(each).count, 0);
  EXPECT_EQ(cluster().ReadAll("t", 0).size(), 200u);
}

TEST_F(ClientPoolTest, RefusedCredentialsAreKnownAfterOneAttemptAndRememberedForAWhile) {
  SetPool(10, 300'000);
  Properties wrong = PropertiesOf("wrong");
  // The mock cluster speaks no SASL and hangs up.
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"security.protocol", "sasl_plaintext"},
                                                        {"sasl.mechanism", "PLAIN"},
                                                        {"sasl.username", "u"},
                                                        {"sasl.password", "p"}}) {
    wrong.emplace_back(name, value);
  }
  const auto producer = Producer::Get(wrong, true);
  const auto admin = Admin::Get(wrong, true);
  const int64_t opened = pool().opened();
  const int64_t refused = pool().wrong_credentials();
  EXPECT_EQ(ProduceWith(*producer).code, 401);
  EXPECT_EQ(Describe(*admin).code, RD_KAFKA_RESP_ERR__AUTHENTICATION);
  // The records of the first request may be answered before the client is given up.
  EXPECT_TRUE(Eventually([&] { return ProduceWith(*producer).kind == MessageKind::kKafkaError; }));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ProduceWith(*producer).code, RD_KAFKA_RESP_ERR__AUTHENTICATION);
    EXPECT_EQ(Describe(*admin).code, RD_KAFKA_RESP_ERR__AUTHENTICATION);
  }
  EXPECT_TRUE(Eventually([] { return pool().open() == 0; })) << "A refused client stays.";
  EXPECT_EQ(pool().opened() - opened, 2);
  EXPECT_EQ(pool().wrong_credentials() - refused, 2);
}

}  // namespace
}  // namespace sluice
