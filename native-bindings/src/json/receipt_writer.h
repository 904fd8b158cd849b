// The JSON of the v3 API's answers to records: a receipt or an error for each of them.
#ifndef SLUICE_JSON_RECEIPT_WRITER_H_
#define SLUICE_JSON_RECEIPT_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "json/streamed_records.h"

namespace sluice {

/// The key or the value of a record that was written.
struct ReceiptPart {
  DataType type = DataType::kAbsent;
  int64_t size = -1;  ///< Of the bytes in Kafka; -1 for null.
  /// Of kSchema: the JSON members `type`, `subject`, `schema_id` and `schema_version`.
  std::string_view schema;
};

/// A record that was written.
struct Receipt {
  int32_t partition = -1;
  int64_t offset = -1;
  int64_t timestamp_ms = -1;  ///< -1: the broker told none.
  ReceiptPart key;
  ReceiptPart value;
};

/// Writes the answers to the records of one topic. One thread at a time.
class ReceiptWriter {
 public:
  ReceiptWriter(std::string_view cluster_id, std::string_view topic);

  /// Appends the members of a receipt, without brackets.
  void AppendMembers(const Receipt& receipt, std::string* out) const;

  /// Appends the members of an error, without brackets. The codes 42201 to 42299 become 422 and a
  /// text that names them; of a message only the first line counts.
  static void AppendError(int32_t code, std::string_view message, std::string* out);

 private:
  std::string prefix_;  // The members that all receipts begin with.
};

/// Appends `line` and the end of a line; `is_chunk`: with the framing of a chunk of HTTP/1.1
/// (RFC 9112, 7.1). Safe from any thread.
void AppendLine(std::string_view line, bool is_chunk, std::string* out);

}  // namespace sluice

#endif  // SLUICE_JSON_RECEIPT_WRITER_H_
