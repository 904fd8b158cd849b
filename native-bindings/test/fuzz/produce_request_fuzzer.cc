// Any body in any format is refused with a fault or accepted, and what is accepted is JSON with
// records that are what their format says.
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/check.h"
#include "json/produce_request.h"
#include "json/reference_json.h"

namespace sluice {
namespace {

constexpr size_t kMaxRecords = 50;
constexpr size_t kMaxSchemaBytes = 100;
constexpr size_t kLongestMessage = 400;

/// The outcome of one Parse() as text, checked on the way.
class Trial {
 public:
  Trial(Format format, std::string_view body, char filler)
      : format_(format),
        size_(body.size()),
        buffer_(ExactCopy(body, ProduceRequestParser::kPadding, filler)) {
    static ProduceRequestParser parser;
    ProduceRequest request;
    ProduceFault fault;
    const ProduceLimits limits{kMaxRecords, kMaxSchemaBytes};
    is_accepted_ = parser.Parse(format, buffer_.get(), size_, limits, &request, &fault);
    if (is_accepted_) {
      CheckRequest(request);
    } else {
      CheckFault(request, fault);
    }
  }

  bool is_accepted() const { return is_accepted_; }
  const std::string& outcome() const { return outcome_; }

 private:
  void CheckFault(const ProduceRequest& request, const ProduceFault& fault) {
    Check(request.records.empty() && request.headers.empty(), "no records when refused");
    Check(fault.error_code == 400 || fault.error_code == 413 || fault.error_code == 422,
          "its code");
    Check(ReferenceIsUtf8(fault.message), "a message in UTF-8");
    Check(!fault.message.empty() && fault.message.size() < kLongestMessage, "a short message");
    outcome_ = std::to_string(fault.error_code) + fault.message;
  }

  void CheckRequest(const ProduceRequest& request) {
    Check(!request.records.empty() && request.records.size() <= kMaxRecords, "some records");
    size_t next_header = 0;
    for (const ProduceRecord& record : request.records) {
      Check(record.partition >= kAnyPartition, "a partition");
      Check(record.timestamp_ms >= kNoTimestamp, "a timestamp");
      Check(record.first_header == next_header, "headers without gaps");
      next_header += record.header_count;
      outcome_ += std::to_string(record.partition) + "," + std::to_string(record.timestamp_ms) +
                  "," + std::to_string(record.header_count);
      CheckPayload(record.key);
      CheckPayload(record.value);
    }
    CheckSchema(request.key_schema);
    CheckSchema(request.value_schema);
    Check(request.headers.size() == next_header, "no header too many");
    for (const Header& header : request.headers) {
      CheckBytes(header.name);
      CheckBytes(header.value);
      Check(!header.name.is_null() && ReferenceIsUtf8(header.name.view()), "a header's name");
      Check(header.name.view().find('\0') == std::string_view::npos, "a name without NUL");
    }
  }

  void CheckPayload(Bytes payload) {
    CheckBytes(payload);
    if (payload.is_null()) return;
    if (format_ == Format::kString) Check(ReferenceIsUtf8(payload.view()), "UTF-8");
    if (format_ == Format::kJson || format_ == Format::kSchema) {
      Check(ReferenceMinify(payload.view(), 997) == payload.view(), "minified JSON");
      Check(payload.view() != "null", "null for null");
    }
  }

  void CheckSchema(const SchemaMembers& schema) {
    CheckBytes(schema.text);
    if (schema.id) outcome_ += std::to_string(*schema.id);
    Check(ReferenceIsUtf8(schema.text.view()), "a schema's text");
    const bool is_there = !schema.text.is_null() || schema.id;
    Check(format_ == Format::kSchema || !is_there, "schemas only where there are some");
  }

  void CheckBytes(Bytes bytes) {
    if (bytes.is_null()) return;
    Check(bytes.data >= buffer_.get() && bytes.data + bytes.size <= buffer_.get() + size_,
          "bytes inside the body");
    outcome_ += "'" + std::string(bytes.view()) + "'";
  }

  const Format format_;
  const size_t size_;
  const std::unique_ptr<char[]> buffer_;
  bool is_accepted_ = false;
  std::string outcome_;
};

void FuzzOne(std::string_view body) {
  const bool is_json = ReferenceMinify(body).has_value();
  for (const Format format : {Format::kBinary, Format::kJson, Format::kString, Format::kSchema}) {
    const Trial trial(format, body, '\0');
    Check(is_json || !trial.is_accepted(), "JSON when accepted");
    Check(Trial(format, body, '"').outcome() == trial.outcome(), "no look at the padding");
  }
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
