// Builds messages; never on a hot path.
#include "json/fault.h"

#include <cstdint>

#include "json/utf8.h"

namespace sluice::json {

std::string Fault(std::string_view found, size_t offset, std::string_view expected) {
  std::string fault = "found ";
  fault.append(found).append(" at byte ").append(std::to_string(offset));
  fault.append(", expected ").append(expected);
  return fault;
}

std::string Excerpt(std::string_view text) {
  const std::string_view beginning = utf8::Cut(text, kMaxExcerptSize);
  std::string excerpt = utf8::Repair(beginning);
  if (beginning.size() != text.size()) excerpt += "...";
  return excerpt;
}

std::string QuotedExcerpt(std::string_view text) {
  std::string quoted = "'";
  return quoted.append(Excerpt(text)).append("'");
}

std::string Hexadecimal(char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto value = static_cast<uint8_t>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

}  // namespace sluice::json
