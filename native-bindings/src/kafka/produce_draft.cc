#include "kafka/produce_draft.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "json/escape.h"
#include "kafka/parse_body.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

constexpr int32_t kNull = -1;

int32_t SizeOf(Bytes bytes) { return bytes.is_null() ? kNull : static_cast<int32_t>(bytes.size); }

char* CopyText(Bytes text, char* out) {
  if (!text.is_null()) std::memcpy(out, text.data, text.size);
  return out + text.size;
}

/// The bytes at `*next`, which is moved behind them.
Bytes TakeBytes(int32_t size, const char** next) {
  if (size == kNull) return {};
  const Bytes bytes = {*next, static_cast<size_t>(size)};
  *next += size;
  return bytes;
}

/// The same for the same schema: its id, if the body has it; 0 without a schema.
size_t HashOf(const SchemaMembers& schema) {
  if (schema.id) return static_cast<size_t>(*schema.id);
  return schema.text.is_null() ? 0 : std::hash<std::string_view>{}(schema.text.view());
}

void AppendSchema(std::string_view side, const SchemaMembers& schema, std::string* json) {
  json->append("\"").append(side).append("_schema\":");
  if (schema.text.is_null()) {
    *json += "null";
  } else {
    json::AppendQuoted(schema.text.view(), json);
  }
  json->append(",\"").append(side).append("_schema_id\":");
  *json += schema.id ? std::to_string(*schema.id) : "null";
}

}  // namespace

void ProduceDraft::Parse(const ReplyTo& reply_to) {
  // Sizes of texts have 32 bits, as strings of JavaScript do.
  if (body_.size() > INT32_MAX) {
    reply_to.Fault(kRequestTooLarge, "A request in a format with schemas has at most " +
                                         std::to_string(INT32_MAX) + " bytes.");
    return;
  }
  if (!ParseBody(Format::kSchema, &body_, &request_, reply_to)) return;
  sizes_.reserve(2 * request_.records.size());
  const SchemaMembers& key = request_.key_schema;
  const SchemaMembers& value = request_.value_schema;
  const bool has_schema = !key.text.is_null() || key.id || !value.text.is_null() || value.id;
  const size_t hash = 31 * HashOf(key) + HashOf(value);
  reply_to.Reply({}, static_cast<int32_t>(hash & INT32_MAX),
                 static_cast<int32_t>(request_.records.size()), has_schema ? 1 : 0);
}

std::string ProduceDraft::DescribeSchemas() const {
  std::string json = "{";
  AppendSchema("key", request_.key_schema, &json);
  json += ',';
  AppendSchema("value", request_.value_schema, &json);
  json += '}';
  return json;
}

size_t ProduceDraft::ReadTexts(size_t first, char* out, size_t capacity, int32_t* sizes,
                               size_t max_records) const {
  const size_t left = request_.records.size() - std::min(first, request_.records.size());
  const size_t max = std::min(left, max_records);
  char* const end = out + capacity;
  for (size_t i = 0; i < max; ++i) {
    const ProduceRecord& record = request_.records[first + i];
    if (i > 0 && record.key.size + record.value.size > static_cast<size_t>(end - out)) return i;
    sizes[2 * i] = SizeOf(record.key);
    sizes[2 * i + 1] = SizeOf(record.value);
    if (record.key.size + record.value.size > static_cast<size_t>(end - out)) return 0;
    out = CopyText(record.value, CopyText(record.key, out));
  }
  return max;
}

int32_t ProduceDraft::AppendPayloads(std::string_view payloads, const int32_t* sizes,
                                     size_t count) {
  const int32_t code = payloads_.Append(payloads.data(), payloads.size());
  if (code != 0) {
    const int64_t needed =
        body_.charged() + payloads_.charged() + static_cast<int64_t>(payloads.size());
    return needed > body_.budget().limit() ? kRequestTooLarge : code;
  }
  sizes_.insert(sizes_.end(), sizes, sizes + 2 * count);
  return 0;
}

void ProduceDraft::DropPayloads() {
  Body none(payloads_.budget());
  none.Swap(&payloads_);
  sizes_.clear();
}

ProduceRequest ProduceDraft::TakeRequest() {
  const char* next = payloads_.data();
  for (size_t i = 0; i < request_.records.size(); ++i) {
    request_.records[i].key = TakeBytes(sizes_[2 * i], &next);
    request_.records[i].value = TakeBytes(sizes_[2 * i + 1], &next);
  }
  return std::move(request_);
}

}  // namespace sluice
