// Kafka's error codes to REST error codes and texts, as src/kafka/errors.ts declares them.
#ifndef SLUICE_KAFKA_ERROR_TABLE_H_
#define SLUICE_KAFKA_ERROR_TABLE_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

/// A record that is above `message.max.bytes`. Kafka uses this code for no record.
inline constexpr rd_kafka_resp_err_t kTooLargeToSend = RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE;

/// The values of the placeholders of a text.
struct ErrorContext {
  std::string_view topic;
  int32_t partition = -1;
  int64_t size = 0;        ///< The size of the record, in bytes.
  int64_t limit = 0;       ///< `message.max.bytes`.
  int64_t timeout_ms = 0;  ///< The time limit of the delivery.
  std::string_view group = {};
};

/// The table of errors of records, topics and groups. Safe from any
/// thread.
class ErrorTable {
 public:
  ErrorTable() = default;
  ErrorTable(const ErrorTable&) = delete;
  ErrorTable& operator=(const ErrorTable&) = delete;
  ~ErrorTable() { delete rows_.load(std::memory_order_acquire); }

  struct Row {
    int32_t rest_code;
    /// May hold {topic}, {partition}, {size}, {limit}, {timeout} and {group}. Empty: librdkafka's
    /// text.
    std::string text;
    /// The code for records of a stream; 0: `rest_code`.
    int32_t stream_code = 0;
  };
  using Rows = std::unordered_map<int32_t, Row>;  ///< Keys are librdkafka's codes.

  /// Sets the table. The first one stays: every environment of a process brings the same.
  void Set(Rows rows);

  /// The REST error code of a record that failed with `error`. 50002 when the table has none.
  int32_t RestCode(rd_kafka_resp_err_t error) const;

  /// The code of a record of a stream (the v3 API) that failed with `error`.
  int32_t StreamCode(rd_kafka_resp_err_t error) const;

  /// Whether a call that failed with `error` may succeed when it is made again: the table has it as
  /// retriable, and it is no answer by itself.
  bool Passes(rd_kafka_resp_err_t error) const;

  /// The text for the client.
  std::string Text(rd_kafka_resp_err_t error, const ErrorContext& context) const;

  /// The text for an error that is not a record's: for missing permissions the table's text, when
  /// `topic` or `group` is known; else `detail`.
  std::string Explain(rd_kafka_resp_err_t error, std::string detail, std::string_view topic,
                      std::string_view group = {}) const;

 private:
  const Row* Find(rd_kafka_resp_err_t error) const;

  std::atomic<const Rows*> rows_{nullptr};  // Owned. Set once, so that readers need no lock.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_ERROR_TABLE_H_
