#include "kafka/pending_calls.h"

#include <algorithm>
#include <utility>

#include "kafka/engine.h"

namespace sluice {
namespace {

/// Before the second try; each further pause is twice as long, up to a second. As Java's
/// retry.backoff.ms and retry.backoff.max.ms.
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{1000};

/// librdkafka's own timeout comes first and says more; a call ends by itself so much later.
constexpr std::chrono::seconds kGrace{1};

/// librdkafka takes no timeout of nothing.
constexpr std::chrono::milliseconds kLeastTimeout{1};

}  // namespace

void PendingCalls::Add(ReplyTo reply_to, int timeout_ms, Make make, OnResult on_result,
                       OnError on_error, std::vector<rd_kafka_resp_err_t> passing) {
  Call call{std::move(reply_to), {}, std::move(make), std::move(on_result), std::move(on_error)};
  call.passing = std::move(passing);
  Insert(std::move(call), timeout_ms);
}

void PendingCalls::AddOnce(ReplyTo reply_to, int timeout_ms, Make make, OnResult on_result,
                           OnError on_error) {
  Call call{std::move(reply_to), {}, std::move(make), std::move(on_result), std::move(on_error)};
  call.is_made_once = true;
  Insert(std::move(call), timeout_ms);
}

void PendingCalls::Insert(Call call, int timeout_ms) {
  const TimePoint now = Clock::now();
  call.deadline = now + std::chrono::milliseconds(timeout_ms);
  call.pause = kFirstPause;
  Try(calls_.emplace(++last_, std::move(call)).first, now);
}

void PendingCalls::Try(Calls::iterator call, TimePoint now) {
  call->second.next_try = TimePoint::max();
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(call->second.deadline - now);
  const auto error = call->second.make(reinterpret_cast<void*>(call->first),
                                       static_cast<int>(std::max(left, kLeastTimeout).count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) OnFailure(call, {error, rd_kafka_err2str(error)});
}

bool PendingCalls::OnEvent(rd_kafka_event_t* event) {
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  const bool is_answered = error > RD_KAFKA_RESP_ERR__END;
  const auto found = calls_.find(reinterpret_cast<intptr_t>(rd_kafka_event_opaque(event)));
  if (found == calls_.end()) return is_answered;  // An automatic commit, or too late.
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
    std::string text = rd_kafka_event_error_string(event);
    if (describe_) text = describe_(error, std::move(text));
    OnFailure(found, {error, std::move(text)});
    return is_answered;
  }
  // Taken out while it answers: that may make further calls.
  auto node = calls_.extract(found);
  auto failure = node.mapped().on_result(event);
  if (failure) OnFailure(calls_.insert(std::move(node)).position, std::move(*failure));
  return is_answered;
}

void PendingCalls::Fail(void* opaque, Failure failure) {
  const auto found = calls_.find(reinterpret_cast<intptr_t>(opaque));
  if (found != calls_.end()) OnFailure(found, std::move(failure));
}

void PendingCalls::OnFailure(Calls::iterator call, Failure failure) {
  Call& state = call->second;
  const TimePoint next_try = Clock::now() + state.pause;
  if (next_try < state.deadline && Passes(state, failure.code)) {
    state.next_try = next_try;
    state.pause = std::min(2 * state.pause, kLongestPause);
    state.last = std::move(failure);
    return;
  }
  const auto node = calls_.extract(call);
  // A try that had no time left, or was not made, says less than the one before.
  const bool is_empty =
      failure.code == RD_KAFKA_RESP_ERR__TIMED_OUT || failure.code == RD_KAFKA_RESP_ERR__OUTDATED;
  Answer(node.mapped(), is_empty ? node.mapped().last.value_or(failure) : failure);
}

bool PendingCalls::Passes(const Call& call, rd_kafka_resp_err_t error) {
  if (call.is_made_once) return false;
  const bool is_listed =
      std::find(call.passing.begin(), call.passing.end(), error) != call.passing.end();
  return is_listed || Engine::Get().errors().Passes(error);
}

void PendingCalls::Answer(const Call& call, const Failure& failure) {
  if (call.on_error && call.on_error(failure.code)) return;
  call.reply_to.KafkaError(failure.code, failure.text);
}

void PendingCalls::Serve(TimePoint now) {
  for (auto next = calls_.begin(); next != calls_.end();) {
    const auto call = next++;
    if (call->second.deadline + kGrace <= now) {
      const auto node = calls_.extract(call);
      const Failure timeout{RD_KAFKA_RESP_ERR__TIMED_OUT, "The cluster did not answer in time."};
      Answer(node.mapped(), node.mapped().last.value_or(timeout));
    } else if (call->second.next_try <= now) {
      Try(call, now);
    }
  }
}

void PendingCalls::FailAll(rd_kafka_resp_err_t error, const std::string& text) {
  for (const auto& [id, call] : std::exchange(calls_, {})) call.reply_to.KafkaError(error, text);
}

void PendingCalls::FaultAll(int32_t error_code) {
  for (const auto& [id, call] : std::exchange(calls_, {})) call.reply_to.Fault(error_code, {});
}

TimePoint PendingCalls::NextAlarm() const {
  TimePoint next = TimePoint::max();
  for (const auto& [id, call] : calls_) {
    next = std::min({next, call.deadline + kGrace, call.next_try});
  }
  return next;
}

OptionsRef AdminOptions(rd_kafka_t* rk, rd_kafka_admin_op_t operation, int timeout_ms,
                        void* opaque) {
  OptionsRef options(rd_kafka_AdminOptions_new(rk, operation));
  char reason[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, reason, sizeof(reason));
  rd_kafka_AdminOptions_set_opaque(options.get(), opaque);
  return options;
}

}  // namespace sluice
