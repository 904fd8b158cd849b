// Faults of clients: found before a client is created, and logged when none can be created.
#ifndef SLUICE_KAFKA_CLIENT_FAULTS_H_
#define SLUICE_KAFKA_CLIENT_FAULTS_H_

#include <librdkafka/rdkafka.h>

#include <string_view>
#include <vector>

#include "kafka/client.h"
#include "kafka/conf.h"
#include "kafka/outbox.h"

namespace sluice {

/// The properties that librdkafka refuses. A fault without a name is the first refusal of
/// rd_kafka_new, which checks files and combinations of properties. Creates a client without
/// brokers, log lines or logins, and destroys it. Blocks for some milliseconds. Safe from any
/// thread.
std::vector<PropertyFault> CheckClient(rd_kafka_type_t type, const Properties& properties);

/// Logs the reason why the component `who` has no client; requests get the same text. Safe from any
/// thread.
void LogFault(std::string_view who, const ClientFault& fault);

/// Answers a request that needs a client and gets none. Safe from any thread.
void AnswerWith(const ClientFault& fault, const ReplyTo& reply_to);

}  // namespace sluice

#endif  // SLUICE_KAFKA_CLIENT_FAULTS_H_
