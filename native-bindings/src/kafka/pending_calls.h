// Calls that librdkafka answers later, with an event on a queue.
#ifndef SLUICE_KAFKA_PENDING_CALLS_H_
#define SLUICE_KAFKA_PENDING_CALLS_H_

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"

namespace sluice {

/// Each call answers its ReplyTo once: with its result, or with an error. A call whose error
/// passes by itself is made again, after a pause that grows, until its deadline; then it answers
/// with that error. Used by one actor.
class PendingCalls {
 public:
  /// The error of a call, and the text for its client.
  struct Failure {
    rd_kafka_resp_err_t code;
    std::string text;
  };

  /// Hands the call to librdkafka, with the opaque that its event will have and the milliseconds
  /// that are left. Returns an error when librdkafka refuses it at once.
  using Make = std::function<rd_kafka_resp_err_t(void* opaque, int timeout_ms)>;

  /// Answers the call, or returns why it failed. The event carries no error of the call as a whole.
  using OnResult = std::function<std::optional<Failure>(rd_kafka_event_t*)>;

  /// Answers a call that failed for good, or returns false and so leaves it to this class.
  using OnError = std::function<bool(rd_kafka_resp_err_t)>;

  /// Returns the text for the client of an error of a whole call; the second is librdkafka's text.
  using Describe = std::function<std::string(rd_kafka_resp_err_t, std::string)>;

  PendingCalls() = default;
  explicit PendingCalls(Describe describe) : describe_(std::move(describe)) {}

  /// Makes a call that is answered within `timeout_ms`, or little later. `passing` are
  /// retriable errors in addition to the table of errors.
  void Add(ReplyTo reply_to, int timeout_ms, Make make, OnResult on_result, OnError on_error = {},
           std::vector<rd_kafka_resp_err_t> passing = {});

  /// The same for a call that is not made again.
  void AddOnce(ReplyTo reply_to, int timeout_ms, Make make, OnResult on_result,
               OnError on_error = {});

  /// Handles the event of a call, if that still waits. Returns whether a broker has answered, and
  /// not librdkafka on its own.
  bool OnEvent(rd_kafka_event_t* event);

  /// The call with this opaque failed in another way than by an event.
  void Fail(void* opaque, Failure failure);

  /// The call with this opaque got its result in another way than by an event. Returns whether it
  /// still waited; the caller answers it then.
  bool Finish(void* opaque) { return calls_.erase(reinterpret_cast<intptr_t>(opaque)) > 0; }

  bool is_empty() const { return calls_.empty(); }

  /// Repeats the calls whose pause is over, and answers the calls whose deadline has passed.
  void Serve(TimePoint now);

  /// Answers all calls with an error.
  void FailAll(rd_kafka_resp_err_t error, const std::string& text);

  /// Answers all calls with a fault.
  void FaultAll(int32_t error_code);

  /// The time of the next call of Serve(), or TimePoint::max().
  TimePoint NextAlarm() const;

 private:
  struct Call {
    ReplyTo reply_to;
    TimePoint deadline;
    Make make;
    OnResult on_result;
    OnError on_error;
    std::vector<rd_kafka_resp_err_t> passing = {};
    bool is_made_once = false;
    std::chrono::milliseconds pause{};
    TimePoint next_try = TimePoint::max();  ///< While it is with librdkafka there is none.
    std::optional<Failure> last = {};       ///< The failure of the last try.
  };
  using Calls = std::map<intptr_t, Call>;

  void Insert(Call call, int timeout_ms);
  void Try(Calls::iterator call, TimePoint now);
  void OnFailure(Calls::iterator call, Failure failure);
  static bool Passes(const Call& call, rd_kafka_resp_err_t error);
  static void Answer(const Call& call, const Failure& failure);

  Describe describe_;
  Calls calls_;
  intptr_t last_ = 0;
};

/// Options for an admin operation whose result is to be found by `opaque`.
OptionsRef AdminOptions(rd_kafka_t* rk, rd_kafka_admin_op_t operation, int timeout_ms,
                        void* opaque);

}  // namespace sluice

#endif  // SLUICE_KAFKA_PENDING_CALLS_H_
