#include "kafka/pending_calls.h"

#include <algorithm>
#include <utility>

namespace sluice {

void* PendingCalls::Add(ReplyTo reply_to, TimePoint deadline, OnResult on_result,
                        OnError on_error) {
  calls_.emplace(++last_,
                 Call{std::move(reply_to), deadline, std::move(on_result), std::move(on_error)});
  return reinterpret_cast<void*>(last_);
}

void PendingCalls::Refuse(void* opaque, rd_kafka_resp_err_t error) {
  const auto found = calls_.find(reinterpret_cast<intptr_t>(opaque));
  if (found == calls_.end()) return;
  found->second.reply_to.KafkaError(error, rd_kafka_err2str(error));
  calls_.erase(found);
}

bool PendingCalls::OnEvent(rd_kafka_event_t* event) {
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  const bool is_answered = error > RD_KAFKA_RESP_ERR__END;
  const auto found = calls_.find(reinterpret_cast<intptr_t>(rd_kafka_event_opaque(event)));
  if (found == calls_.end()) return is_answered;  // An automatic commit, or too late.
  const Call call = std::move(found->second);
  calls_.erase(found);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
    if (call.on_error && call.on_error(error)) return is_answered;
    std::string text = rd_kafka_event_error_string(event);
    call.reply_to.KafkaError(error, describe_ ? describe_(error, std::move(text)) : text);
  } else {
    call.on_result(event);
  }
  return is_answered;
}

void PendingCalls::Expire(TimePoint now) {
  std::erase_if(calls_, [now](const auto& entry) {
    const Call& call = entry.second;
    if (call.deadline > now) return false;
    call.reply_to.KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "The cluster did not answer in time.");
    return true;
  });
}

void PendingCalls::FailAll(rd_kafka_resp_err_t error, const std::string& text) {
  for (const auto& [id, call] : std::exchange(calls_, {})) call.reply_to.KafkaError(error, text);
}

void PendingCalls::FaultAll(int32_t error_code) {
  for (const auto& [id, call] : std::exchange(calls_, {})) call.reply_to.Fault(error_code, {});
}

TimePoint PendingCalls::NextDeadline() const {
  TimePoint next = TimePoint::max();
  for (const auto& [id, call] : calls_) next = std::min(next, call.deadline);
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
