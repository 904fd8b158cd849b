// Calls that librdkafka answers later, with an event on a queue.
#ifndef SLUICE_KAFKA_PENDING_CALLS_H_
#define SLUICE_KAFKA_PENDING_CALLS_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"

namespace sluice {

/// Each call answers its ReplyTo once: with what came of it, or with a timeout. Used by one actor.
class PendingCalls {
 public:
  /// Answers the call; the event carries no error of the call as a whole.
  using OnResult = std::function<void(rd_kafka_event_t*)>;

  /// Answers a call that failed as a whole, or returns false and so leaves it to this class.
  using OnError = std::function<bool(rd_kafka_resp_err_t)>;

  /// What the client is told of an error; the second is librdkafka's text.
  using Describe = std::function<std::string(rd_kafka_resp_err_t, std::string)>;

  PendingCalls() = default;
  explicit PendingCalls(Describe describe) : describe_(std::move(describe)) {}

  /// Returns the opaque to hand to librdkafka with the call.
  void* Add(ReplyTo reply_to, TimePoint deadline, OnResult on_result, OnError on_error = {});

  /// librdkafka refused the call at once.
  void Refuse(void* opaque, rd_kafka_resp_err_t error);

  /// Answers the call that `event` is the result of, if it still waits. Returns whether a broker
  /// has answered, and not librdkafka on its own.
  bool OnEvent(rd_kafka_event_t* event);

  /// Answers the calls whose deadline has passed.
  void Expire(TimePoint now);

  /// Answers all calls with an error.
  void FailAll(rd_kafka_resp_err_t error, const std::string& text);

  /// Answers all calls with a fault.
  void FaultAll(int32_t error_code);

  /// The earliest deadline, or TimePoint::max().
  TimePoint NextDeadline() const;

 private:
  struct Call {
    ReplyTo reply_to;
    TimePoint deadline;
    OnResult on_result;
    OnError on_error;
  };

  Describe describe_;
  std::map<intptr_t, Call> calls_;
  intptr_t last_ = 0;
};

/// Options for an admin operation whose result is to be found by `opaque`.
OptionsRef AdminOptions(rd_kafka_t* rk, rd_kafka_admin_op_t operation, int timeout_ms,
                        void* opaque);

}  // namespace sluice

#endif  // SLUICE_KAFKA_PENDING_CALLS_H_
