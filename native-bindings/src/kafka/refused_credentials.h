// Whether Kafka refuses the credentials, according to librdkafka's errors.
#ifndef SLUICE_KAFKA_REFUSED_CREDENTIALS_H_
#define SLUICE_KAFKA_REFUSED_CREDENTIALS_H_

#include <librdkafka/rdkafka.h>

#include <string_view>

#include "kafka/scheduler.h"

namespace sluice {

/// The connections of one client. librdkafka continues to try, and reports each time that all
/// brokers are down; it reports the reason when it changes, and every 30 seconds. Only a current
/// failure makes calls fail. Used by one thread at a time.
class RefusedCredentials {
 public:
  /// Takes the code and the text of an error event. Returns whether calls that wait for a broker
  /// fail now, because no broker accepts the credentials.
  bool OnError(rd_kafka_resp_err_t code, std::string_view text, TimePoint now);

  /// A broker has answered.
  void Forget() { code_ = RD_KAFKA_RESP_ERR_NO_ERROR; }

  /// The refusal, or no error.
  rd_kafka_resp_err_t code(TimePoint now) const;

 private:
  rd_kafka_resp_err_t code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  TimePoint until_{};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_REFUSED_CREDENTIALS_H_
