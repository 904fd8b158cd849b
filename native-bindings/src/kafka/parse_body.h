// Parses the body of a produce request, and charges its memory to a budget.
#ifndef SLUICE_KAFKA_PARSE_BODY_H_
#define SLUICE_KAFKA_PARSE_BODY_H_

#include "json/produce_request.h"
#include "kafka/body.h"
#include "kafka/outbox.h"
#include "record.h"

namespace sluice {

/// Parses `body` in place and charges the overhead of its records to it; or answers with the fault,
/// and returns false. Each thread keeps a parser. Safe from any thread.
bool ParseBody(Format format, Body* body, ProduceRequest* request, const ReplyTo& reply_to);

}  // namespace sluice

#endif  // SLUICE_KAFKA_PARSE_BODY_H_
