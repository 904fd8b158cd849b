#include "kafka/parse_body.h"

#include <cstdint>
#include <string>
#include <utility>

#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// What a record costs besides its bytes: librdkafka's message and the slot.
constexpr int64_t kRecordCost = 256;

}  // namespace

bool ParseBody(Format format, Body* body, ProduceRequest* request, const ReplyTo& reply_to) {
  static thread_local ProduceRequestParser parser;
  const int64_t limit = Engine::Get().produce_budget().limit();
  const ProduceLimits limits{static_cast<size_t>(limit / kRecordCost),
                             Engine::Get().max_schema_bytes()};
  ProduceFault fault;
  if (!parser.Parse(format, body->data(), body->size(), limits, request, &fault)) {
    reply_to.Fault(fault.error_code, std::move(fault.message));
    return false;
  }
  const auto cost = static_cast<int64_t>(request->records.size()) * kRecordCost;
  if (body->Charge(cost)) return true;
  const int64_t needed = cost + static_cast<int64_t>(body->size());
  if (needed > limit) {
    reply_to.Fault(kRequestTooLarge,
                   "The request needs " + std::to_string(needed) + " bytes for its " +
                       std::to_string(request->records.size()) +
                       " records, above sluice.produce.inflight.max.bytes=" +
                       std::to_string(limit) + ". Send fewer records in one request.");
  } else {
    reply_to.Fault(kTooManyRequests, "sluice.produce.inflight.max.bytes=" + std::to_string(limit) +
                                         " bytes are waiting for Kafka. Nothing of this request "
                                         "was written; try again later.");
  }
  return false;
}

}  // namespace sluice
