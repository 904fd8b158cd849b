// Instances whose librdkafka clients do not answer, and what the other instances do meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kafka/consumer_fixture.h"

namespace sluice {
namespace {

/// Holds each thread that logs a line with `text`, until Open(). Safe from any thread.
class LogGate final : public Outbox {
 public:
  explicit LogGate(std::string text) : text_(std::move(text)) {}

  void Post(Message message) override {
    if (message.text.find(text_) == std::string::npos) return;
    std::unique_lock lock(mutex_);
    ++held_;
    opening_.wait(lock, [this] { return is_open_; });
    --held_;
  }

  int held() {
    std::lock_guard lock(mutex_);
    return held_;
  }

  void Open() {
    std::lock_guard lock(mutex_);
    is_open_ = true;
    opening_.notify_all();
  }

 private:
  const std::string text_;

  std::mutex mutex_;  // Guards the following.
  std::condition_variable opening_;
  bool is_open_ = false;
  int held_ = 0;
};

class ConsumerWaitingTest : public ConsumerTest {
 protected:
  void TearDown() override {
    gate_->Open();
    ConsumerTest::TearDown();
  }

  LogGate& gate() { return *gate_; }

  /// From now on it holds what logs.
  void UseGate() { Engine::Get().SetLogOutbox(gate_); }

  /// A member of a group of its own that has read a new topic of its name. The names differ when a
  /// test is repeated.
  std::shared_ptr<Consumer> Reader(const std::string& kind, const std::string& debug) {
    static int count = 0;
    const std::string name = kind + std::to_string(++count);
    cluster().CreateTopic(name, {{"a", "b", "c"}});
    ConsumerSettings settings = Settings(name, name);
    if (!debug.empty()) Set(&settings, "debug", debug);
    const auto consumer = Create(settings);
    Subscribe(consumer, {name});
    AwaitAssignment(consumer, 1);
    EXPECT_EQ(ReadValues(consumer, 3), (std::vector<std::string>{"a", "b", "c"}));
    return consumer;
  }

  ReplyTo AskForSubscription(const std::shared_ptr<Consumer>& consumer) {
    const ReplyTo reply_to = outbox().NewTicket();
    consumer->GetSubscription(reply_to);
    return reply_to;
  }

 private:
  const std::shared_ptr<LogGate> gate_ = std::make_shared<LogGate>("Seek seeker");
};

// librdkafka's main thread logs the seek before it answers. A seek that gets no answer is given up
// after half a second and made again; only then its instance answers a question. As many instances
// wait as there are consumer threads.
TEST_F(ConsumerWaitingTest, OthersAnswerBeforeASeekIsGivenUp) {
  const int threads = TestLimits().consumer_threads;
  const auto other = Reader("other", "");
  std::vector<std::shared_ptr<Consumer>> seekers;
  for (int i = 0; i < threads; ++i) seekers.push_back(Reader("seeker", "topic"));
  UseGate();
  for (const auto& seeker : seekers) Seek(seeker, {seeker->settings().name, 0}, 1);
  ASSERT_TRUE(Eventually([&] { return gate().held() == threads; }));

  // Repeated, because a busy machine may stop the test for longer than a seek waits.
  EXPECT_TRUE(Eventually([&] {
    std::vector<ReplyTo> questions;
    for (const auto& seeker : seekers) questions.push_back(AskForSubscription(seeker));
    for (int i = 0; i < 20; ++i) EXPECT_NE(Subscription(other), "[]");
    return std::all_of(questions.begin(), questions.end(), [&](const ReplyTo& question) {
      return outbox().Count(question.ticket) == 0;
    });
  }));

  gate().Open();
  for (const auto& seeker : seekers) {
    EXPECT_EQ(ReadValues(seeker, 2), (std::vector<std::string>{"b", "c"}));
  }
}

}  // namespace
}  // namespace sluice
