// The end of a producer: what is in flight, and what becomes of it.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/producer_fixture.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

using std::chrono::steady_clock;

using ProducerCloseTest = ProducerTest;

TEST_F(ProducerCloseTest, CloseWaitsForWhatIsInFlight) {
  cluster().CreateTopic("t", 1);
  cluster().SetRoundTrip(200);
  const ReplyTo reply_to = Start("t", CountingBody(100));
  EXPECT_EQ(Close(60'000), 0);
  EXPECT_EQ(outbox().Count(reply_to.ticket), 1u);
  EXPECT_EQ(Await(reply_to).count, 0);
  EXPECT_EQ(cluster().ReadAll("t", 0).size(), 100u);
}

TEST_F(ProducerCloseTest, CloseWaitsForWhatIsStillBeingParsed) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  // Large enough that the close comes before its first record is with librdkafka.
  const ReplyTo reply_to = Start("t", CountingBody(150'000));
  EXPECT_EQ(Close(60'000), 0);
  EXPECT_EQ(Await(reply_to).count, 0);
}

TEST_F(ProducerCloseTest, CloseOfAnUnusedProducerIsAtOnce) { EXPECT_EQ(Close(60'000), 0); }

TEST_F(ProducerCloseTest, CloseWithoutABrokerFailsTheRestInItsTime) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().SetDown();
  const ReplyTo small = Start("t", CountingBody(10));
  const ReplyTo large = Start("t", CountingBody(2000));
  const auto start = steady_clock::now();
  EXPECT_EQ(Close(500), 2010);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(Await(small).count, 10);
  EXPECT_EQ(Await(large).count, 2000);
}

TEST_F(ProducerCloseTest, TheTimeOfACloseRunsWhileOthersHaveAllThreads) {
  constexpr std::chrono::seconds kTime{5};
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().SetDown();
  const ReplyTo reply_to = Start("t", CountingBody(10));
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  for (int i = 0; i < 100; ++i) {
    Engine::Get().blocking().Run([ended] { ended.wait(); });
  }
  const ReplyTo closed = outbox().NewTicket();
  producer().Close(static_cast<int>(std::chrono::milliseconds(kTime).count()), closed);
  std::this_thread::sleep_for(kTime);
  const auto start = steady_clock::now();
  end.set_value();
  EXPECT_EQ(Await(closed).count, 10);
  EXPECT_LT(steady_clock::now() - start, kTime);
  EXPECT_EQ(Await(reply_to).count, 10);
}

TEST_F(ProducerCloseTest, CloseWithoutABrokerFailsWhatIsStillBeingParsed) {
  cluster().SetDown();
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 8; ++i) asked.push_back(Start("t", CountingBody(20'000)));
  EXPECT_EQ(Close(0), 160'000);
  for (const auto& each : asked) EXPECT_EQ(Await(each).count, 20'000);
}

TEST_F(ProducerCloseTest, AClosedProducerTakesNothing) {
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  EXPECT_EQ(Close(60'000), 0);
  const Message reply = Produce("t", CountingBody(1));
  EXPECT_EQ(reply.kind, MessageKind::kFault);
  EXPECT_EQ(reply.code, kStopping);
  EXPECT_EQ(Close(60'000), 0);
}

TEST_F(ProducerCloseTest, WhoAsksForAClosedProducerGetsANewOne) {
  // The old object may not have been collected yet.
  const auto closed = Producer::Get(DefaultProperties());
  outbox().Call([&](ReplyTo reply_to) { closed->Close(0, reply_to); });
  EXPECT_NE(Producer::Get(DefaultProperties()), closed);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
}

TEST_F(ProducerCloseTest, ThoseWhoAskForTheSamePropertiesShareAProducer) {
  const auto one = Producer::Get(DefaultProperties());
  EXPECT_EQ(Producer::Get(DefaultProperties()), one);
  Properties other = DefaultProperties();
  other.emplace_back("client.id", "other");
  EXPECT_NE(Producer::Get(other), one);
}

TEST_F(ProducerCloseTest, DroppingTheProducerCompletesWhatIsInFlight) {
  cluster().CreateTopic("t", 1);
  cluster().SetRoundTrip(200);
  const ReplyTo small = Start("t", CountingBody(10));
  const ReplyTo large = Start("t", CountingBody(2000));
  DropProducer();
  EXPECT_EQ(Await(small).count, 0);
  EXPECT_EQ(Await(large).count, 0);
}

TEST_F(ProducerCloseTest, DroppingTheProducerOfADeadBrokerAnswersAll) {
  cluster().SetDown();
  const ReplyTo reply_to = Start("t", CountingBody(10));
  DropProducer();
  EXPECT_EQ(Await(reply_to).count, 10);
}

TEST_F(ProducerCloseTest, ManyThreadsMayProduceWhileItIsClosed) {
  cluster().CreateTopic("t", 4);
  std::atomic<int> answered{0};
  Producer& shared = producer();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string text = CountingBody((i + t) % 7 == 0 ? 1000 : 5);
        Body body(Engine::Get().produce_budget());
        if (body.Append(text.data(), text.size()) != 0) continue;
        const Message reply = outbox().Call([&](ReplyTo reply_to) {
          shared.Produce("t", -1, Format::kJson, std::move(body), std::move(reply_to));
        });
        const bool is_closed = reply.kind == MessageKind::kFault && reply.code == kStopping;
        EXPECT_TRUE(is_closed || reply.kind == MessageKind::kReply) << Describe(reply);
        ++answered;
      }
    });
  }
  EXPECT_TRUE(Eventually([&] { return answered >= 100; }));
  Close(60'000);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(answered, 400);
}

}  // namespace
}  // namespace sluice
