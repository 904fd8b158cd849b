// Makes librdkafka's clients: the only caller of rd_kafka_new.
#ifndef SLUICE_KAFKA_CLIENT_H_
#define SLUICE_KAFKA_CLIENT_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>

#include "kafka/handles.h"

namespace sluice {

/// The reason for which a client was not made.
struct ClientFault {
  /// kNoThreads, kNoDescriptors, or 0 when librdkafka refuses the configuration.
  int32_t rest_code = 0;
  std::string text;
};

/// A client, which took `conf`; or null, with `fault` set. Blocks for some milliseconds. Safe from
/// any thread.
///
/// librdkafka ends the process when the system gives no thread for a group's coordinator, and goes
/// on without a broker whose thread it could not start. So a client is made only where there is
/// room for all of its threads, and for some threads that clients start later. A client
/// needs descriptors as well: a consumer instance leaves enough for the producer's connections.
rd_kafka_t* NewClient(rd_kafka_type_t type, ConfRef conf, ClientFault* fault);

}  // namespace sluice

#endif  // SLUICE_KAFKA_CLIENT_H_
