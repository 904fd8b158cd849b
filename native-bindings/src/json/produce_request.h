// The body of a v2 produce request: JSON text in, records out, decoded in place.
#ifndef SLUICE_JSON_PRODUCE_REQUEST_H_
#define SLUICE_JSON_PRODUCE_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record.h"

namespace sluice {

namespace json {
class Tokens;
}

/// The members of a body about the schema of its keys, or of its values. A body may have both.
struct SchemaMembers {
  Bytes text;  ///< UTF-8; null when there is none.
  std::optional<int32_t> id;
};

/// The records of one request. Their views point into the body that was parsed.
struct ProduceRequest {
  std::vector<ProduceRecord> records;
  std::vector<Header> headers;
  /// Set with Format::kSchema only.
  SchemaMembers key_schema;
  SchemaMembers value_schema;

  void clear() {
    records.clear();
    headers.clear();
    key_schema = {};
    value_schema = {};
  }
};

/// The reason to refuse a body, none of whose records may be produced.
struct ProduceFault {
  int32_t error_code = 0;  ///< REST error code: 400, 422, 42205 or 413.
  std::string
      message;  ///< For the client: where (byte offset or JSON pointer), what, what instead.
};

/// The limits of one body. They bound the memory of a parser.
struct ProduceLimits {
  size_t max_records = SIZE_MAX;
  /// The limit of the text of one schema, in UTF-8.
  size_t max_schema_bytes = SIZE_MAX;
};

/// Parses produce bodies. One per thread: it keeps its buffers between requests.
class ProduceRequestParser {
 public:
  /// Readable (and writable) bytes that must follow a body.
  static constexpr size_t kPadding = 64;

  ProduceRequestParser();
  ~ProduceRequestParser();
  ProduceRequestParser(const ProduceRequestParser&) = delete;
  ProduceRequestParser& operator=(const ProduceRequestParser&) = delete;

  /// Parses `body` (`size` bytes, then kPadding more) and fills `request`, which is cleared first.
  /// Keys, values and headers are decoded in place: the body is overwritten, and `request`'s
  /// views point into it. Accepts exactly the JSON that ECMAScript's JSON.parse accepts, up to a
  /// nesting depth of 1000; then the grammar of produce requests (docs/conformance.md), with
  /// `headers` and `timestamp` added to a record, and without text behind the body or a second
  /// `records`. Of other members that occur twice the last one counts, but all must be right. The
  /// members about schemas are checked, but ignored unless the format has some. Stops at the first
  /// fault: with a 413 at a record too many or a schema too long, with a 42205 at one whose
  /// brackets nest deeper than 1000. Returns whether the body was accepted; if not, `fault` says
  /// why.
  bool Parse(Format format, char* body, size_t size, const ProduceLimits& limits,
             ProduceRequest* request, ProduceFault* fault);

 private:
  std::unique_ptr<json::Tokens> tokens_;
};

}  // namespace sluice

#endif  // SLUICE_JSON_PRODUCE_REQUEST_H_
