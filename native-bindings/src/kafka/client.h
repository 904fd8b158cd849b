// Creates librdkafka's clients: the only caller of rd_kafka_new.
#ifndef SLUICE_KAFKA_CLIENT_H_
#define SLUICE_KAFKA_CLIENT_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>

#include "kafka/handles.h"

namespace sluice {

/// The reason for the refusal of a client.
struct ClientFault {
  /// kNoThreads, kNoDescriptors, kNoClients, kStopping, or 0 for one of Kafka's codes.
  int32_t rest_code = 0;
  std::string text;
  /// Without a REST code: that librdkafka refuses the configuration, or Kafka the credentials.
  rd_kafka_resp_err_t kafka_code = RD_KAFKA_RESP_ERR__INVALID_ARG;
};

/// A client, which took `conf`; or null, with `fault` set. Blocks for some milliseconds. Safe from
/// any thread.
///
/// librdkafka ends the process when the system refuses the thread of a group's coordinator, and
/// continues without a broker whose thread it could not start. A client is therefore created only
/// if the system has room for all of its threads, and for some threads that clients start later. A
/// client needs descriptors as well: a consumer instance leaves enough for the producer's
/// connections.
rd_kafka_t* NewClient(rd_kafka_type_t type, ConfRef conf, ClientFault* fault);

}  // namespace sluice

#endif  // SLUICE_KAFKA_CLIENT_H_
