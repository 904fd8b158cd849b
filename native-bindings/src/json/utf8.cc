// UTF-8, character by character where something is wrong; simdjson does the work where nothing is.
#include "json/utf8.h"

#include "simdjson.h"

namespace sluice::utf8 {
namespace {

// The range of the second byte of a character, by its first byte, and the size of the character.
struct Lead {
  size_t size;
  uint8_t second_min = 0x80;
  uint8_t second_max = 0xBF;
};

// Unicode, table 3-7. The size is 0 for bytes that begin no character.
Lead LeadOf(uint8_t byte) {
  if (byte < 0x80) return {1};
  if (byte < 0xC2) return {0};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90};
  if (byte < 0xF4) return {4};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

// The size of the well-formed character that `text`, which is not empty, begins with, or 0.
size_t FirstCharacter(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const Lead lead = LeadOf(byte(0));
  if (lead.size > text.size()) return 0;
  if (lead.size > 1 && (byte(1) < lead.second_min || byte(1) > lead.second_max)) return 0;
  for (size_t i = 2; i < lead.size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return lead.size;
}

}  // namespace

bool IsValid(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

size_t FindInvalid(std::string_view text) {
  size_t offset = 0;
  while (offset != text.size()) {
    const size_t size = FirstCharacter(text.substr(offset));
    if (size == 0) break;
    offset += size;
  }
  return offset;
}

std::string Repair(std::string_view text) {
  std::string repaired;
  while (!text.empty()) {
    const size_t size = FindInvalid(text);
    repaired.append(text, 0, size);
    text.remove_prefix(size);
    if (text.empty()) break;
    repaired += "\uFFFD";
    text.remove_prefix(1);
  }
  return repaired;
}

std::string_view Cut(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size != 0 && (static_cast<uint8_t>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

char* Write(uint32_t code_point, char* out) {
  const auto continuation = [&](int shift) {
    return static_cast<char>(0x80 | (code_point >> shift & 0x3F));
  };
  if (code_point < 0x80) {
    *out++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *out++ = static_cast<char>(0xC0 | code_point >> 6);
    *out++ = continuation(0);
  } else if (code_point < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code_point >> 12);
    *out++ = continuation(6);
    *out++ = continuation(0);
  } else {
    *out++ = static_cast<char>(0xF0 | code_point >> 18);
    *out++ = continuation(12);
    *out++ = continuation(6);
    *out++ = continuation(0);
  }
  return out;
}

}  // namespace sluice::utf8
