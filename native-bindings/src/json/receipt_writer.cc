#include "json/receipt_writer.h"

#include <charconv>
#include <cstring>

#include "json/decimal.h"
#include "json/escape.h"
#include "json/instant.h"

namespace sluice {
namespace {

// Everything of a receipt but its prefix and the schemas.
constexpr size_t kMaxNumbersSize = 256;

char* WriteText(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

std::string_view TypeMember(DataType type) {
  switch (type) {
    case DataType::kBinary:
      return "\"type\":\"BINARY\"";
    case DataType::kJson:
      return "\"type\":\"JSON\"";
    case DataType::kString:
      return "\"type\":\"STRING\"";
    default:
      return {};
  }
}

void AppendPart(std::string_view name, const ReceiptPart& part, std::string* out) {
  if (part.type == DataType::kAbsent) return;
  out->append(name);
  out->append(part.type == DataType::kSchema ? part.schema : TypeMember(part.type));
  char text[kMaxDecimalSize + 16];
  char* end = WriteDecimal(part.size, WriteText(",\"size\":", text));
  *end++ = '}';
  out->append(text, static_cast<size_t>(end - text));
}

std::string_view FirstLine(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

}  // namespace

ReceiptWriter::ReceiptWriter(std::string_view cluster_id, std::string_view topic) {
  prefix_ = "\"cluster_id\":";
  json::AppendQuoted(cluster_id, &prefix_);
  prefix_ += ",\"topic_name\":";
  json::AppendQuoted(topic, &prefix_);
  prefix_ += ",\"partition_id\":";
}

void ReceiptWriter::AppendMembers(const Receipt& receipt, std::string* out) const {
  out->append(prefix_);
  char text[kMaxNumbersSize];
  char* end = WriteDecimal(receipt.partition, text);
  end = WriteDecimal(receipt.offset, WriteText(",\"offset\":", end));
  if (receipt.timestamp_ms >= 0) {
    end = json::WriteInstant(receipt.timestamp_ms, WriteText(",\"timestamp\":\"", end));
    *end++ = '"';
  }
  out->append(text, static_cast<size_t>(end - text));
  AppendPart(",\"key\":{", receipt.key, out);
  AppendPart(",\"value\":{", receipt.value, out);
}

void ReceiptWriter::AppendError(int32_t code, std::string_view message, std::string* out) {
  const bool is_validation = code / 100 == 422;
  std::string text;
  if (is_validation) text = "Error: " + std::to_string(code) + " : ";
  text.append(message);
  out->append("\"error_code\":");
  out->append(std::to_string(is_validation ? 422 : code));
  out->append(",\"message\":");
  json::AppendQuoted(FirstLine(text), out);
}

void AppendLine(std::string_view line, bool is_chunk, std::string* out) {
  if (is_chunk) {
    char hex[16];
    const auto [end, error] = std::to_chars(hex, hex + sizeof(hex), line.size() + 2, 16);
    out->append(hex, static_cast<size_t>(end - hex)).append("\r\n");
  }
  out->append(line).append("\r\n");
  if (is_chunk) out->append("\r\n");
}

}  // namespace sluice
