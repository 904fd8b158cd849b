// Whether Kafka refuses our credentials, as librdkafka's errors tell it.
#ifndef SLUICE_KAFKA_REFUSED_CREDENTIALS_H_
#define SLUICE_KAFKA_REFUSED_CREDENTIALS_H_

#include <librdkafka/rdkafka.h>

#include "kafka/scheduler.h"

namespace sluice {

/// One client's connections. librdkafka goes on trying, and says each time that all brokers are
/// down; but why only when the reason is a new one, and then every 30 seconds. Nothing is refused
/// for what was once true: only a failure of now makes calls fail. Used by one thread at a time.
class RefusedCredentials {
 public:
  /// Takes the code of an error event. Returns whether what waits for a broker now waits in vain,
  /// because none takes our credentials.
  bool OnError(rd_kafka_resp_err_t code, TimePoint now);

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
