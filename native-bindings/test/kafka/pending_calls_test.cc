// Calls that are answered later: once, by an event, a deadline or an end.
#include "kafka/pending_calls.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "kafka/recording_outbox.h"
#include "kafka/test_cluster.h"
#include "kafka/topic_partition.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kNever = TimePoint::max();

/// Real events, of an admin client.
class PendingCallsTest : public ::testing::Test {
 protected:
  PendingCallsTest() : outbox_(std::make_shared<RecordingOutbox>()) {
    std::vector<PropertyFault> faults;
    ConfRef conf = MakeConf({{"bootstrap.servers", cluster_.bootstrap_servers()}}, &faults);
    rk_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), nullptr, 0));
    queue_.reset(rd_kafka_queue_new(rk_.get()));
  }

  PendingCalls::OnResult ReplyDone(const ReplyTo& reply_to) {
    return [reply_to](rd_kafka_event_t*) { reply_to.Reply("done"); };
  }

  /// The event that answers the call.
  EventRef Ask(void* call, int timeout_ms = 60'000) {
    const OptionsRef options =
        AdminOptions(rk_.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout_ms, call);
    const char* name = "topic";
    rd_kafka_TopicCollection_t* topics = rd_kafka_TopicCollection_of_topic_names(&name, 1);
    rd_kafka_DescribeTopics(rk_.get(), topics, options.get(), queue_.get());
    rd_kafka_TopicCollection_destroy(topics);
    return EventRef(rd_kafka_queue_poll(queue_.get(), 2 * timeout_ms));
  }

  TestCluster cluster_;
  std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>> rk_;
  QueueRef queue_;
  std::shared_ptr<RecordingOutbox> outbox_;
  PendingCalls calls_;
};

TEST_F(PendingCallsTest, AnEventAnswersItsCall) {
  const ReplyTo first = outbox_->NewTicket();
  const ReplyTo second = outbox_->NewTicket();
  calls_.Add(first, kNever, ReplyDone(first));
  void* call = calls_.Add(second, kNever, ReplyDone(second));
  calls_.OnEvent(Ask(call).get());
  EXPECT_EQ(outbox_->Count(first.ticket), 0u);
  ASSERT_EQ(outbox_->Count(second.ticket), 1u);
  EXPECT_EQ(outbox_->Next(second.ticket)->text, "done");
}

TEST_F(PendingCallsTest, AnEventThatCarriesAnErrorIsThatError) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = calls_.Add(reply_to, kNever, ReplyDone(reply_to));
  cluster_.SetDown();
  calls_.OnEvent(Ask(call, 500).get());
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  const Message message = *outbox_->Next(reply_to.ticket);
  EXPECT_EQ(message.kind, MessageKind::kKafkaError);
  EXPECT_EQ(message.code, RD_KAFKA_RESP_ERR__TIMED_OUT);
  EXPECT_NE(message.text, "");
}

TEST_F(PendingCallsTest, ACallPastItsDeadlineIsAnsweredWithATimeout) {
  const ReplyTo reply_to = outbox_->NewTicket();
  const TimePoint now = Clock::now();
  calls_.Add(reply_to, now + milliseconds(10), ReplyDone(reply_to));
  calls_.Expire(now + milliseconds(9));
  EXPECT_EQ(outbox_->Count(reply_to.ticket), 0u);
  calls_.Expire(now + milliseconds(10));
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  const Message message = *outbox_->Next(reply_to.ticket);
  EXPECT_EQ(message.kind, MessageKind::kKafkaError);
  EXPECT_EQ(message.code, RD_KAFKA_RESP_ERR__TIMED_OUT);
}

TEST_F(PendingCallsTest, AnEventThatComesTooLateIsIgnored) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = calls_.Add(reply_to, Clock::now(), ReplyDone(reply_to));
  calls_.Expire(Clock::now());
  calls_.OnEvent(Ask(call).get());
  EXPECT_EQ(outbox_->Count(reply_to.ticket), 1u);
}

TEST_F(PendingCallsTest, AnEventOfNoCallIsIgnored) {
  calls_.OnEvent(Ask(nullptr).get());
  EXPECT_EQ(calls_.NextDeadline(), kNever);
}

TEST_F(PendingCallsTest, ACallThatLibrdkafkaRefusesIsAnsweredAtOnce) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = calls_.Add(reply_to, kNever, ReplyDone(reply_to));
  calls_.Refuse(call, RD_KAFKA_RESP_ERR__INVALID_ARG);
  calls_.Refuse(call, RD_KAFKA_RESP_ERR__INVALID_ARG);
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, RD_KAFKA_RESP_ERR__INVALID_ARG);
}

TEST_F(PendingCallsTest, AllCallsCanBeFaulted) {
  const ReplyTo first = outbox_->NewTicket();
  const ReplyTo second = outbox_->NewTicket();
  calls_.Add(first, kNever, ReplyDone(first));
  calls_.Add(second, kNever, ReplyDone(second));
  calls_.Add({}, kNever, [](rd_kafka_event_t*) {});  // One that nobody waits for.
  calls_.FaultAll(40403);
  EXPECT_EQ(outbox_->Next(first.ticket)->code, 40403);
  EXPECT_EQ(outbox_->Next(second.ticket)->kind, MessageKind::kFault);
  EXPECT_EQ(calls_.NextDeadline(), kNever);
}

TEST_F(PendingCallsTest, KnowsTheNextDeadline) {
  const TimePoint now = Clock::now();
  EXPECT_EQ(calls_.NextDeadline(), kNever);
  calls_.Add({}, now + milliseconds(20), [](rd_kafka_event_t*) {});
  calls_.Add({}, now + milliseconds(10), [](rd_kafka_event_t*) {});
  EXPECT_EQ(calls_.NextDeadline(), now + milliseconds(10));
  calls_.Expire(now + milliseconds(10));
  EXPECT_EQ(calls_.NextDeadline(), now + milliseconds(20));
}

}  // namespace
}  // namespace sluice
