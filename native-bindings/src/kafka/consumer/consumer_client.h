// The librdkafka client of one consumer instance: its handle, its configuration, and its end.
#ifndef SLUICE_KAFKA_CONSUMER_CONSUMER_CLIENT_H_
#define SLUICE_KAFKA_CONSUMER_CONSUMER_CLIENT_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kafka/client.h"
#include "kafka/conf.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/pending_calls.h"
#include "kafka/sasl_token.h"
#include "kafka/scheduler.h"

namespace sluice {

/// A call of a consumer instance that gets no answer in this time is answered with a timeout.
inline constexpr int kCallTimeoutMs = 10'000;

/// Used by the consumer's actor only, except where said.
class ConsumerClient {
 public:
  /// `describe` gives the text of an error for the client; see PendingCalls.
  ConsumerClient(Actor& actor, PendingCalls::Describe describe)
      : actor_(actor), calls_(std::move(describe)) {}

  /// Makes the client, whose events wake the actor. `token` is null if the properties name none.
  /// Blocks for some milliseconds. Called once, on a blocking thread, before anything else.
  std::optional<ClientFault> Open(const Properties& properties, std::shared_ptr<SaslToken> token);
  /// Wakes the actor from now on when events come.
  void EnableEvents() { rd_kafka_queue_cb_event_enable(events_.get(), OnQueue, &actor_); }

  rd_kafka_t* handle() const { return handle_; }
  /// Rebalances, errors, results of calls: everything but records.
  rd_kafka_queue_t* events() const { return events_.get(); }
  /// Calls that librdkafka answers with events.
  PendingCalls& calls() { return calls_; }
  /// The time of the next Serve() of calls(), or TimePoint::max().
  TimePoint NextAlarm() const { return calls_.NextAlarm(); }
  Actor& actor() const { return actor_; }

  using Offsets = std::vector<const rd_kafka_topic_partition_t*>;
  using OnOffsets = std::function<void(const Offsets&)>;
  /// Requests the offsets of the timestamps and RD_KAFKA_OFFSET_SPEC_… in `tpl`: for all, or none.
  void ListOffsets(TplRef tpl, int timeout_ms, const ReplyTo& reply_to, OnOffsets on_offsets,
                   PendingCalls::OnError on_error = {});

  // From the configuration.

  bool has_auto_commit() const { return has_auto_commit_; }
  /// The longest time between two runs of the actor that keeps the member in its group.
  std::chrono::milliseconds poll_interval() const { return poll_interval_; }
  /// The longest time until a broker refuses a partition again.
  std::chrono::milliseconds error_repeated_within() const { return error_repeated_within_; }

  // The end.

  enum class Closing {
    kUnderWay,
    kClosed,   ///< The client has left its group.
    kGivenUp,  ///< It can be destroyed without leaving.
    kStuck,    ///< A thread waits in it for ever, so that it cannot be destroyed.
  };

  /// Leaves the group. The actor then calls AnswerRebalance() and PollClosing() until the end.
  void StartClosing(TimePoint now);
  /// Answers the rebalance that a closing client may have to answer, once.
  void AnswerRebalance();
  /// The progress of the closing. It gives up after a timeout.
  Closing PollClosing(TimePoint now);
  /// Ends the events.
  void CloseEvents();
  /// Destroys the client. Called on a blocking thread, with nothing after it.
  void Destroy(Closing closing);

 private:
  /// Wakes an actor, the second argument. Called by librdkafka, on its threads.
  static void OnQueue(rd_kafka_t* handle, void* actor) { static_cast<Actor*>(actor)->Wake(); }

  /// The answer to the rebalance of a closing client; see AnswerRebalance().
  enum class Answer {
    kNone,
    kQueued,   ///< Waits for a thread.
    kRunning,  ///< Uses the client on a thread.
    kGiven,    ///< Done, or given up before it ran.
  };

  Actor& actor_;
  rd_kafka_t* handle_ = nullptr;
  QueueRef events_;
  SaslToken::Use token_;
  PendingCalls calls_;

  bool has_auto_commit_ = true;
  rd_kafka_IsolationLevel_t isolation_ = RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED;
  std::chrono::milliseconds poll_interval_{100'000};
  std::chrono::milliseconds error_repeated_within_{0};

  TimePoint closing_until_{};
  std::atomic<Answer> answer_{Answer::kNone};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_CONSUMER_CLIENT_H_
