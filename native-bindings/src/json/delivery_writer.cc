// Writes each delivery to the stack first: it is short, but for the text of an error.
#include "json/delivery_writer.h"

#include <cstring>

#include "json/decimal.h"
#include "json/escape.h"

namespace sluice {
namespace {

// An acknowledged delivery is written here, with room for the longest numbers.
constexpr size_t kMaxEntrySize = 96;

char* WriteText(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

void AppendAcknowledged(const Delivery& delivery, std::string* out) {
  char entry[kMaxEntrySize];
  char* end = WriteText("{\"partition\":", entry);
  end = WriteDecimal(delivery.partition, end);
  end = WriteText(",\"offset\":", end);
  end = WriteDecimal(delivery.offset, end);
  end = WriteText(",\"error_code\":null,\"error\":null}", end);
  out->append(entry, static_cast<size_t>(end - entry));
}

void AppendFailed(const Delivery& delivery, std::string* out) {
  *out += "{\"partition\":null,\"offset\":null,\"error_code\":";
  *out += std::to_string(delivery.error_code);
  *out += ",\"error\":";
  json::AppendQuoted(delivery.error, out);
  *out += '}';
}

void AppendId(int32_t id, std::string* out) {
  *out += id == SchemaIds::kNone ? "null" : std::to_string(id);
}

}  // namespace

void WriteDeliveries(const Delivery* deliveries, size_t count, SchemaIds schema_ids,
                     std::string* out) {
  *out += "{\"offsets\":[";
  for (size_t i = 0; i < count; ++i) {
    if (i != 0) *out += ',';
    if (deliveries[i].error_code == 0) {
      AppendAcknowledged(deliveries[i], out);
    } else {
      AppendFailed(deliveries[i], out);
    }
  }
  *out += "],\"key_schema_id\":";
  AppendId(schema_ids.key, out);
  *out += ",\"value_schema_id\":";
  AppendId(schema_ids.value, out);
  *out += '}';
}

}  // namespace sluice
