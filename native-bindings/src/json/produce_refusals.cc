// Builds messages; never on a hot path.
#include "json/produce_refusals.h"

#include <utility>

#include "json/fault.h"

namespace sluice {
namespace {

constexpr int32_t kBadRequest = 400;
constexpr int32_t kTooLarge = 413;
constexpr int32_t kUnprocessable = 422;
constexpr int32_t kInvalidSchema = 42205;

}  // namespace

bool ProduceRefusals::Syntax(std::string_view reason) {
  std::string message = "Malformed JSON in " + Place("");
  return Refuse(kBadRequest, message.append(": ").append(reason).append("."));
}

bool ProduceRefusals::Type(std::string_view member, std::string_view reason) {
  return Refuse(kBadRequest, Place(member).append(": ").append(reason).append("."));
}

bool ProduceRefusals::Value(std::string_view member, std::string_view reason) {
  return Refuse(kUnprocessable, Place(member).append(": ").append(reason).append("."));
}

bool ProduceRefusals::Name(std::string_view name, std::string_view expected) {
  std::string message = "Unrecognized field: " + json::Excerpt(name) + " in " + Place("");
  return Refuse(kUnprocessable, message.append(", expected ").append(expected).append("."));
}

bool ProduceRefusals::Base64(std::string_view member, std::string_view json,
                             std::string_view fault) {
  std::string message = "Bad Request: data=" + json::Excerpt(json);
  message.append(" is not ").append(fault).append(". (").append(Pointer(member)).append(")");
  return Refuse(kBadRequest, std::move(message));
}

bool ProduceRefusals::Count(size_t max_records) {
  return Refuse(kTooLarge, "/records: found more than " + std::to_string(max_records) +
                               ", expected at most that many records in a request.");
}

bool ProduceRefusals::SchemaSize(std::string_view member, size_t size, size_t max_size) {
  return Refuse(kTooLarge, Place(member) + ": found a schema of " + std::to_string(size) +
                               " bytes, expected at most sluice.schema.max.bytes=" +
                               std::to_string(max_size) + ".");
}

bool ProduceRefusals::SchemaDepth(std::string_view member, size_t max_depth) {
  return Refuse(kInvalidSchema, "Invalid schema: the brackets of " + Place(member) +
                                    " nest deeper than " + std::to_string(max_depth) + ".");
}

bool ProduceRefusals::Refuse(int32_t error_code, std::string message) {
  fault_ = {error_code, std::move(message)};
  return false;
}

std::string ProduceRefusals::Pointer(std::string_view member) const {
  std::string pointer;
  if (record_ != kNowhere) pointer += "/records/" + std::to_string(record_);
  if (header_ != kNowhere) pointer += "/headers/" + std::to_string(header_);
  if (!member.empty()) pointer.append("/").append(member);
  return pointer;
}

std::string ProduceRefusals::Place(std::string_view member) const {
  const std::string pointer = Pointer(member);
  return pointer.empty() ? "the body" : pointer;
}

}  // namespace sluice
