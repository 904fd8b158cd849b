// Kafka records as the engine passes them on: plain views, no behaviour.
#ifndef SLUICE_RECORD_H_
#define SLUICE_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// The form of keys and values in the JSON of a request or a response.
enum class Format : uint8_t {
  kBinary = 0,  ///< Base64 strings.
  kJson = 1,    ///< Any JSON value.
  kString = 2,  ///< UTF-8 text.
  /// Bytes that TypeScript encodes and decodes, because it has the schemas.
  /// In a request any JSON value; in a response a frame, see json/record_writer.h.
  kSchema = 3,
};

/// Bytes that may be null. Kafka distinguishes null from empty, and so does every step here:
/// `data == nullptr` is null; empty is a pointer to anything and `size == 0`.
struct Bytes {
  const char* data = nullptr;
  size_t size = 0;

  bool is_null() const { return data == nullptr; }
  std::string_view view() const { return {data, size}; }
};

struct Header {
  Bytes name;  ///< UTF-8, never null.
  Bytes value;
};

/// Lets the partitioner choose.
inline constexpr int32_t kAnyPartition = -1;
/// Lets the producer take its clock.
inline constexpr int64_t kNoTimestamp = 0;

/// A record to produce. All views point into the request's body.
struct ProduceRecord {
  Bytes key;
  Bytes value;
  int32_t partition = kAnyPartition;
  uint32_t header_count = 0;
  size_t first_header = 0;  ///< Index into ProduceRequest::headers.
  int64_t timestamp_ms = kNoTimestamp;
};

/// The headers that continue the trace of a request in its records (W3C Trace Context).
struct TraceHeaders {
  std::string traceparent;  ///< Empty without a trace.
  std::string tracestate;   ///< Empty without one.
};

/// A record that was consumed. All views are borrowed from the client library's message.
struct ConsumedRecord {
  std::string_view topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = -1;  ///< -1 when the record has none.
  Bytes key;
  Bytes value;
  const Header* headers = nullptr;
  size_t header_count = 0;
};

/// The outcome of one record of a produce request.
struct Delivery {
  int64_t offset = -1;
  int32_t partition = -1;
  /// Zero when it was acknowledged, else the REST error code.
  int32_t error_code = 0;
  /// Text for the client when `error_code` is set.
  std::string_view error;
};

}  // namespace sluice

#endif  // SLUICE_RECORD_H_
