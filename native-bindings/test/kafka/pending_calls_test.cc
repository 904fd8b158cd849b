// Calls that are answered later: once, by an event, a deadline or an end.
#include "kafka/pending_calls.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "kafka/engine.h"
#include "kafka/recording_outbox.h"
#include "kafka/test_cluster.h"
#include "kafka/topic_partition.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kNever = TimePoint::max();
constexpr int kLongMs = 60'000;

/// Real events, of an admin client.
class PendingCallsTest : public ::testing::Test {
 protected:
  PendingCallsTest() : outbox_(std::make_shared<RecordingOutbox>()) {
    Engine::Get().errors().Set({{RD_KAFKA_RESP_ERR_NOT_COORDINATOR, {50003, ""}},
                                {RD_KAFKA_RESP_ERR__TIMED_OUT, {50003, ""}}});
    std::vector<PropertyFault> faults;
    ConfRef conf = MakeConf({{"bootstrap.servers", cluster_.bootstrap_servers()}}, &faults);
    rk_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), nullptr, 0));
    queue_.reset(rd_kafka_queue_new(rk_.get()));
  }

  /// Adds a call that is never handed to librdkafka, but counted.
  void* Add(const ReplyTo& reply_to, int timeout_ms = kLongMs) {
    void* made = nullptr;
    calls_.Add(reply_to, timeout_ms, Make(&made), ReplyDone(reply_to));
    return made;
  }

  PendingCalls::Make Make(void** made) {
    return [this, made](void* call, int /*left_ms*/) {
      ++tries_;
      *made = call;
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    };
  }

  PendingCalls::OnResult ReplyDone(const ReplyTo& reply_to) {
    return [reply_to](rd_kafka_event_t*) {
      reply_to.Reply("done");
      return std::nullopt;
    };
  }

  /// The event that answers the call.
  EventRef Ask(void* call, int timeout_ms = kLongMs) {
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
  int tries_ = 0;
};

constexpr rd_kafka_resp_err_t kPasses = RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
constexpr rd_kafka_resp_err_t kStays = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;

TEST_F(PendingCallsTest, AnEventAnswersItsCall) {
  const ReplyTo first = outbox_->NewTicket();
  const ReplyTo second = outbox_->NewTicket();
  Add(first);
  void* call = Add(second);
  calls_.OnEvent(Ask(call).get());
  EXPECT_EQ(outbox_->Count(first.ticket), 0u);
  ASSERT_EQ(outbox_->Count(second.ticket), 1u);
  EXPECT_EQ(outbox_->Next(second.ticket)->text, "done");
}

TEST_F(PendingCallsTest, AnEventThatCarriesAnErrorIsThatError) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = Add(reply_to, 500);
  cluster_.SetDown();
  calls_.OnEvent(Ask(call, 500).get());
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  const Message message = *outbox_->Next(reply_to.ticket);
  EXPECT_EQ(message.kind, MessageKind::kKafkaError);
  EXPECT_EQ(message.code, RD_KAFKA_RESP_ERR__TIMED_OUT);
  EXPECT_NE(message.text, "");
}

TEST_F(PendingCallsTest, ACallThatFailsWithAnErrorThatPassesIsMadeAgainAfterAPause) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = Add(reply_to);
  calls_.Fail(call, {kPasses, "moving"});
  const TimePoint next = calls_.NextAlarm();
  calls_.Serve(next - milliseconds(1));
  EXPECT_EQ(tries_, 1);
  calls_.Serve(next);
  EXPECT_EQ(tries_, 2);
  EXPECT_EQ(outbox_->Count(reply_to.ticket), 0u);
  calls_.OnEvent(Ask(call).get());
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->text, "done");
}

TEST_F(PendingCallsTest, AResultThatSaysOfAnErrorThatPassesIsAskedForAgain) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = nullptr;
  calls_.Add(reply_to, kLongMs, Make(&call),
             [this, reply_to](rd_kafka_event_t*) -> std::optional<PendingCalls::Failure> {
               if (tries_ < 2) return PendingCalls::Failure{kPasses, "moving"};
               reply_to.Reply("done");
               return std::nullopt;
             });
  calls_.OnEvent(Ask(call).get());
  EXPECT_EQ(outbox_->Count(reply_to.ticket), 0u);
  calls_.Serve(calls_.NextAlarm());
  calls_.OnEvent(Ask(call).get());
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->text, "done");
}

TEST_F(PendingCallsTest, PausesGrowUpToASecond) {
  void* call = Add(outbox_->NewTicket(), 10 * kLongMs);
  TimePoint failed;
  for (int i = 0; i < 10; ++i) {
    failed = Clock::now();
    calls_.Fail(call, {kPasses, "moving"});
    calls_.Serve(calls_.NextAlarm());
    EXPECT_EQ(tries_, i + 2);
  }
  calls_.Fail(call, {kPasses, "moving"});
  EXPECT_GE(calls_.NextAlarm() - failed, milliseconds(1000));
}

TEST_F(PendingCallsTest, AnErrorThatStaysIsAnsweredAtOnce) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = Add(reply_to);
  calls_.Fail(call, {kStays, "not authorized"});
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  const Message message = *outbox_->Next(reply_to.ticket);
  EXPECT_EQ(message.code, kStays);
  EXPECT_EQ(message.text, "not authorized");
  EXPECT_EQ(calls_.NextAlarm(), kNever);
}

TEST_F(PendingCallsTest, WhereNoTimeIsLeftTheLastErrorIsTheAnswer) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = Add(reply_to, 10);  // Less than a pause.
  calls_.Fail(call, {kPasses, "moving"});
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, kPasses);
  EXPECT_EQ(tries_, 1);
}

TEST_F(PendingCallsTest, ATryWithoutAnAnswerIsAnsweredWithTheErrorBefore) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = Add(reply_to);
  calls_.Fail(call, {kPasses, "moving"});
  calls_.Serve(calls_.NextAlarm());
  calls_.Serve(calls_.NextAlarm());  // Its deadline.
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, kPasses);
}

TEST_F(PendingCallsTest, ACallThatIsMadeOnceIsNotMadeAgain) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = nullptr;
  calls_.AddOnce(reply_to, kLongMs, Make(&call), ReplyDone(reply_to));
  calls_.Fail(call, {kPasses, "moving"});
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, kPasses);
  EXPECT_EQ(tries_, 1);
}

TEST_F(PendingCallsTest, ACallPastItsDeadlineIsAnsweredWithATimeout) {
  const ReplyTo reply_to = outbox_->NewTicket();
  Add(reply_to, 10);
  const TimePoint end = calls_.NextAlarm();
  calls_.Serve(end - milliseconds(1));
  EXPECT_EQ(outbox_->Count(reply_to.ticket), 0u);
  calls_.Serve(end);
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  const Message message = *outbox_->Next(reply_to.ticket);
  EXPECT_EQ(message.kind, MessageKind::kKafkaError);
  EXPECT_EQ(message.code, RD_KAFKA_RESP_ERR__TIMED_OUT);
}

TEST_F(PendingCallsTest, AnEventThatComesTooLateIsIgnored) {
  const ReplyTo reply_to = outbox_->NewTicket();
  void* call = Add(reply_to, 10);
  calls_.Serve(calls_.NextAlarm());
  calls_.OnEvent(Ask(call).get());
  EXPECT_EQ(outbox_->Count(reply_to.ticket), 1u);
}

TEST_F(PendingCallsTest, AnEventOfNoCallIsIgnored) {
  calls_.OnEvent(Ask(nullptr).get());
  EXPECT_EQ(calls_.NextAlarm(), kNever);
}

TEST_F(PendingCallsTest, ACallThatLibrdkafkaRefusesIsAnsweredAtOnce) {
  const ReplyTo reply_to = outbox_->NewTicket();
  calls_.Add(
      reply_to, kLongMs, [](void*, int) { return RD_KAFKA_RESP_ERR__INVALID_ARG; },
      ReplyDone(reply_to));
  ASSERT_EQ(outbox_->Count(reply_to.ticket), 1u);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, RD_KAFKA_RESP_ERR__INVALID_ARG);
}

TEST_F(PendingCallsTest, AllCallsCanBeFaulted) {
  const ReplyTo first = outbox_->NewTicket();
  const ReplyTo second = outbox_->NewTicket();
  Add(first);
  Add(second);
  Add({});  // One that nobody waits for.
  calls_.FaultAll(40403);
  EXPECT_EQ(outbox_->Next(first.ticket)->code, 40403);
  EXPECT_EQ(outbox_->Next(second.ticket)->kind, MessageKind::kFault);
  EXPECT_EQ(calls_.NextAlarm(), kNever);
}

}  // namespace
}  // namespace sluice
