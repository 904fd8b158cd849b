#include "kafka/refused_credentials.h"

#include <chrono>

namespace sluice {
namespace {

/// librdkafka repeats a reason that stays the same every 30 seconds, with the next try to connect.
constexpr std::chrono::seconds kRepeatedWithin{35};

}  // namespace

bool RefusedCredentials::OnError(rd_kafka_resp_err_t code, TimePoint now) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      code_ = code;
      until_ = now + kRepeatedWithin;
      return false;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
      Forget();  // The brokers are down for another reason now.
      return false;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return this->code(now) != RD_KAFKA_RESP_ERR_NO_ERROR;
    default:
      return false;
  }
}

rd_kafka_resp_err_t RefusedCredentials::code(TimePoint now) const {
  return now < until_ ? code_ : RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace sluice
