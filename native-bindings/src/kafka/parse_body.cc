#include "kafka/parse_body.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "json/encoding.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// The memory of a record besides its bytes: librdkafka's message and the slot.
constexpr int64_t kRecordCost = 256;

void ReplyBudgetSpent(int64_t limit, const ReplyTo& reply_to) {
  reply_to.Fault(kTooManyRequests, "sluice.produce.inflight.max.bytes=" + std::to_string(limit) +
                                       " bytes are waiting for Kafka. Nothing of this request "
                                       "was written; try again later.");
}

/// Puts the same text in UTF-8 in the place of `body`, which is charged for both meanwhile. Answers
/// with the fault, and returns false, if it is malformed or has no room in the budget.
bool ConvertToUtf8(json::DetectedEncoding encoding, Body* body, const ReplyTo& reply_to) {
  std::string_view text{body->data(), body->size()};
  text.remove_prefix(encoding.mark_size);
  const std::optional<size_t> size = json::SizeInUtf8(text, encoding.encoding);
  if (!size) {
    reply_to.Fault(kBadRequest, "The body starts like UTF-16 or UTF-32 and is malformed.");
    return false;
  }
  const int64_t limit = body->budget().limit();
  const int64_t needed = body->charged() + static_cast<int64_t>(*size);
  if (needed > limit) {
    reply_to.Fault(kRequestTooLarge, "The request needs " + std::to_string(needed) +
                                         " bytes to become UTF-8, above "
                                         "sluice.produce.inflight.max.bytes=" +
                                         std::to_string(limit) + ". Send it in UTF-8.");
    return false;
  }
  Body converted(body->budget(), *size);
  char* out = nullptr;
  const int32_t refusal = converted.Extend(*size, &out);
  if (refusal == kTooManyRequests) ReplyBudgetSpent(limit, reply_to);
  if (refusal == kOutOfMemory) reply_to.Fault(kOutOfMemory, {});
  if (refusal != 0) return false;
  json::WriteInUtf8(text, encoding.encoding, out);
  body->Swap(&converted);
  return true;
}

}  // namespace

bool ParseBody(Format format, Body* body, ProduceRequest* request, const ReplyTo& reply_to) {
  static thread_local ProduceRequestParser parser;
  const int64_t limit = Engine::Get().produce_budget().limit();
  const ProduceLimits limits{static_cast<size_t>(limit / kRecordCost),
                             Engine::Get().max_schema_bytes()};
  json::DetectedEncoding encoding = json::DetectEncoding({body->data(), body->size()});
  if (encoding.encoding != json::Encoding::kUtf8) {
    if (!ConvertToUtf8(encoding, body, reply_to)) return false;
    encoding = {};
  }
  char* const text = body->data() + encoding.mark_size;
  const size_t size = body->size() - encoding.mark_size;
  ProduceFault fault;
  if (!parser.Parse(format, text, size, limits, request, &fault)) {
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
    ReplyBudgetSpent(limit, reply_to);
  }
  return false;
}

}  // namespace sluice
