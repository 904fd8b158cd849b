// Several JavaScript environments at once: one producer, one consumer instance, an outbox each.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/body.h"
#include "kafka/consumer_fixture.h"
#include "kafka/producer.h"

namespace sluice {
namespace {

constexpr int kRequests = 40;
/// Above the size up to which a body is parsed on the thread of its caller.
constexpr size_t kLargeBytes = 8192;

class EnvironmentsTest : public ConsumerTest, public testing::WithParamInterface<int> {
 protected:
  std::shared_ptr<Producer> SharedProducer() {
    return Producer::Get({{"bootstrap.servers", cluster().bootstrap_servers()},
                          {"linger.ms", "1"},
                          {"message.timeout.ms", "30000"}});
  }

  /// Produces a record with this value; large ones have spaces behind it.
  static void Produce(Producer& producer, RecordingOutbox& outbox, const std::string& value,
                      bool is_large) {
    const std::string text = R"({"records":[{"value":")" + value + R"("}]})" +
                             std::string(is_large ? kLargeBytes : 0, ' ');
    Body body(Engine::Get().produce_budget(), text.size());
    ASSERT_EQ(body.Append(text.data(), text.size()), 0);
    const Message reply = outbox.Call([&](ReplyTo reply_to) {
      producer.Produce("t", -1, Format::kJson, std::move(body), std::move(reply_to));
    });
    ASSERT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
    ASSERT_EQ(reply.count, 0) << reply.text;
  }
};

TEST_P(EnvironmentsTest, ShareTheProducerAndTheInstancesOfTheProcess) {
  cluster().CreateTopic("t", 4);
  const auto consumer = Subscribed("t");
  const size_t expected = static_cast<size_t>(GetParam()) * kRequests;
  std::mutex mutex;
  std::multiset<std::string> seen;
  const auto count = [&] {
    std::lock_guard lock(mutex);
    return seen.size();
  };
  std::vector<std::thread> environments;
  for (int index = 0; index < GetParam(); ++index) {
    environments.emplace_back([&, index] {
      const auto outbox = std::make_shared<RecordingOutbox>();
      const auto producer = SharedProducer();
      for (int request = 0; request < kRequests; ++request) {
        const std::string value = std::to_string(index) + '-' + std::to_string(request);
        Produce(*producer, *outbox, value, request % 2 == 0);
        // Changes of the subscription from all sides; none of them changes the topics.
        consumer->SubscribePattern(0, "older than all", {}, outbox->NewTicket());
      }
      while (count() < expected) {
        ReadLimits limits = AtOnce();
        limits.timeout_ms = 200;
        DrivenRead read(consumer, *outbox, limits);
        read.Run();
        std::lock_guard lock(mutex);
        for (const auto& value : read.values()) seen.insert(value);
      }
    });
  }
  for (auto& environment : environments) environment.join();
  EXPECT_EQ(seen.size(), expected);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), expected);
  outbox().Call([&](ReplyTo reply_to) { SharedProducer()->Close(5000, reply_to); });
}

TEST_P(EnvironmentsTest, OneThatEndsGivesItsReadsToTheOthers) {
  cluster().CreateTopic("t", 1);
  const auto consumer = Subscribed("t");
  std::vector<std::string> values;
  for (int i = 0; i < 1000; ++i) values.push_back(std::to_string(i));
  cluster().Write("t", 0, values);
  std::vector<std::thread> environments;
  for (int index = 1; index < GetParam(); ++index) {
    environments.emplace_back([&] {
      const auto outbox = std::make_shared<RecordingOutbox>();
      for (int i = 0; i < 20; ++i) {
        consumer->StartRead(AtOnce(), outbox->NewTicket());
        consumer->AbandonReads(outbox.get());
      }
    });
  }
  for (auto& environment : environments) environment.join();
  EXPECT_EQ(ReadValues(consumer, values.size()), values);
}

INSTANTIATE_TEST_SUITE_P(TwoAndFour, EnvironmentsTest, testing::Values(2, 4));

}  // namespace
}  // namespace sluice
