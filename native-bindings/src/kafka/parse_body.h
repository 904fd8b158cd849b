// From the bytes of a produce request to its records: parsed, and paid for.
#ifndef SLUICE_KAFKA_PARSE_BODY_H_
#define SLUICE_KAFKA_PARSE_BODY_H_

#include "json/produce_request.h"
#include "kafka/body.h"
#include "kafka/outbox.h"
#include "record.h"

namespace sluice {

/// Parses `body` in place and charges to it what its records cost besides their bytes; or answers
/// with the fault, and returns false. Keeps a parser a thread. Safe from any thread.
bool ParseBody(Format format, Body* body, ProduceRequest* request, const ReplyTo& reply_to);

}  // namespace sluice

#endif  // SLUICE_KAFKA_PARSE_BODY_H_
