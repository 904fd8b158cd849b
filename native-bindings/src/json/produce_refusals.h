// The messages for refused produce bodies. Each names the place, the text found there, and the
// expected one.
#ifndef SLUICE_JSON_PRODUCE_REFUSALS_H_
#define SLUICE_JSON_PRODUCE_REFUSALS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/produce_request.h"

namespace sluice {

/// Sets the fault of one body. Tracks the record and the header that the reader is in, and names
/// their members by JSON pointers; the member "" is the record, the header or the body itself. A
/// reason is "found …, expected …". Functions that refuse return false. One thread at a time.
class ProduceRefusals {
 public:
  /// Borrows `fault`.
  explicit ProduceRefusals(ProduceFault* fault) : fault_(*fault) {}

  /// Set the position of the reader.
  void EnterRecord(size_t index) { record_ = index; }
  void LeaveRecords() { record_ = kNowhere; }
  void EnterHeader(size_t index) { header_ = index; }
  void LeaveHeaders() { header_ = kNowhere; }

  /// 400: the text is not JSON.
  bool Syntax(std::string_view reason);
  /// 400: a value is not of its type.
  bool Type(std::string_view member, std::string_view reason);
  /// 422: a value is of its type, but must not be this.
  bool Value(std::string_view member, std::string_view reason);
  /// 422: no member has this name.
  bool Name(std::string_view name, std::string_view expected);
  /// 400 with Confluent's message: `json` is not the expected base64. `fault` is "a base64 string"
  /// or "a valid base64 string".
  bool Base64(std::string_view member, std::string_view json, std::string_view fault);
  /// 413: the body has more records than the limit.
  bool Count(size_t max_records);
  /// 413: the text of a schema is longer than the limit.
  bool SchemaSize(std::string_view member, size_t size, size_t max_size);
  /// 42205: the brackets of a schema nest deeper than the limit.
  bool SchemaDepth(std::string_view member, size_t max_depth);

 private:
  static constexpr size_t kNowhere = SIZE_MAX;

  bool Refuse(int32_t error_code, std::string message);
  // The JSON pointer of a member; that of the body is "".
  std::string Pointer(std::string_view member) const;
  // The same in words.
  std::string Place(std::string_view member) const;

  ProduceFault& fault_;
  size_t record_ = kNowhere;
  size_t header_ = kNowhere;
};

}  // namespace sluice

#endif  // SLUICE_JSON_PRODUCE_REFUSALS_H_
