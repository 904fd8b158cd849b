#include "kafka/pending_calls.h"

#include <algorithm>
#include <utility>

namespace sluice {

void* PendingCalls::Add(ReplyTo reply_to, TimePoint deadline, OnResult on_result) {
  calls_.emplace(++last_, Call{std::move(reply_to), deadline, std::move(on_result)});
  return reinterpret_cast<void*>(last_);
}

void PendingCalls::Refuse(void* opaque, rd_kafka_resp_err_t error) {
  const auto found = calls_.find(reinterpret_cast<intptr_t>(opaque));
  if (found == calls_.end()) return;
  found->second.reply_to.KafkaError(error, rd_kafka_err2str(error));
  calls_.erase(found);
}

void PendingCalls::OnEvent(rd_kafka_event_t* event) {
  const auto found = calls_.find(reinterpret_cast<intptr_t>(rd_kafka_event_opaque(event)));
  if (found == calls_.end()) return;  // An automatic commit, or too late.
  const Call call = std::move(found->second);
  calls_.erase(found);
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR__NO_OFFSET) {
    call.reply_to.KafkaError(error, rd_kafka_event_error_string(event));
  } else {
    call.on_result(event);
  }
}

void PendingCalls::Expire(TimePoint now) {
  std::erase_if(calls_, [now](const auto& entry) {
    const Call& call = entry.second;
    if (call.deadline > now) return false;
    call.reply_to.KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "The cluster did not answer in time.");
    return true;
  });
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
