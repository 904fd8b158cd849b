// Escapes eight bytes a step as long as there is nothing to escape in them.
#include "json/escape.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "json/utf8.h"

namespace sluice::json {
namespace {

static_assert(std::endian::native == std::endian::little, "FirstToEscape counts from the low end.");

constexpr uint64_t EachByte(uint8_t value) { return 0x0101010101010101u * value; }

// The index of the first of eight bytes that needs an escape, or 8. Each line sets the high bit of
// the bytes it looks for; borrows may set it in bytes behind, but never before, the first of them.
size_t FirstToEscape(uint64_t bytes) {
  const uint64_t quote = bytes ^ EachByte('"');
  const uint64_t backslash = bytes ^ EachByte('\\');
  const uint64_t found = ((quote - EachByte(1)) & ~quote) |
                         ((backslash - EachByte(1)) & ~backslash) |
                         ((bytes - EachByte(0x20)) & ~bytes);
  const uint64_t marks = found & EachByte(0x80);
  return static_cast<size_t>(std::countr_zero(marks)) / 8;
}

bool NeedsEscape(char byte) {
  return static_cast<uint8_t>(byte) < 0x20 || byte == '"' || byte == '\\';
}

// The letter of the short escape of `byte`, or 'u' when it has none.
char EscapeLetter(char byte) {
  switch (byte) {
    case '\b':
      return 'b';
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\f':
      return 'f';
    case '\r':
      return 'r';
    case '"':
    case '\\':
      return byte;
    default:
      return 'u';
  }
}

// Writes one byte as it stands in a string. Returns the number of bytes, 0 when there is no room.
size_t EscapeByte(char byte, char* out, size_t capacity) {
  if (!NeedsEscape(byte)) {
    if (capacity == 0) return 0;
    *out = byte;
    return 1;
  }
  const char letter = EscapeLetter(byte);
  const size_t size = letter == 'u' ? kMaxEscapeSize : 2;
  if (capacity < size) return 0;
  out[0] = '\\';
  out[1] = letter;
  if (letter == 'u') {
    out[2] = '0';
    out[3] = '0';
    out[4] = static_cast<char>('0' + (byte >> 4));
    out[5] = "0123456789ABCDEF"[byte & 15];
  }
  return size;
}

// The letters that may stand behind a backslash, 'u' aside, and what the two stand for.
constexpr std::string_view kLetters = "\"\\/bfnrt";
constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";

// The value of four hexadecimal digits, or -1.
int32_t FourHexDigits(std::string_view digits) {
  if (digits.size() < 4) return -1;
  int32_t value = 0;
  for (const char digit : digits.substr(0, 4)) {
    const char lower = static_cast<char>(digit | 0x20);
    if (digit >= '0' && digit <= '9') {
      value = value << 4 | (digit - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value << 4 | (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return value;
}

// The size of the escape that `text` begins with, or 0 when JSON has no such.
size_t EscapeSize(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] == 'u') return FourHexDigits(text.substr(2)) < 0 ? 0 : kMaxEscapeSize;
  return kLetters.find(text[1]) == kLetters.npos ? 0 : 2;
}

}  // namespace

Progress Escape(std::string_view text, char* out, size_t capacity) {
  Progress done;
  while (done.read != text.size()) {
    if (text.size() - done.read >= 8 && capacity - done.written >= 8) {
      uint64_t bytes;
      std::memcpy(&bytes, text.data() + done.read, 8);
      std::memcpy(out + done.written, &bytes, 8);
      const size_t clean = FirstToEscape(bytes);
      done.read += clean;
      done.written += clean;
      if (clean == 8) continue;
    }
    const size_t size = EscapeByte(text[done.read], out + done.written, capacity - done.written);
    if (size == 0) break;
    done.read += 1;
    done.written += size;
  }
  return done;
}

void AppendQuoted(std::string_view text, std::string* out) {
  if (!utf8::IsValid(text)) return AppendQuoted(utf8::Repair(text), out);
  *out += '"';
  char escaped[256];
  while (!text.empty()) {
    const Progress done = Escape(text, escaped, sizeof(escaped));
    out->append(escaped, done.written);
    text.remove_prefix(done.read);
  }
  *out += '"';
}

size_t FindBadEscape(std::string_view content) {
  size_t at = 0;
  while ((at = content.find('\\', at)) != content.npos) {
    const size_t size = EscapeSize(content.substr(at));
    if (size == 0) return at;
    at += size;
  }
  return content.size();
}

size_t Unescape(std::string_view content, char* out) {
  char* const begin = out;
  while (true) {
    const size_t clean = std::min(content.find('\\'), content.size());
    std::memmove(out, content.data(), clean);
    out += clean;
    content.remove_prefix(clean);
    if (content.empty()) return static_cast<size_t>(out - begin);
    const char letter = content[1];
    if (letter != 'u') {
      *out++ = kMeanings[kLetters.find(letter)];
      content.remove_prefix(2);
      continue;
    }
    uint32_t code_point = static_cast<uint32_t>(FourHexDigits(content.substr(2)));
    content.remove_prefix(kMaxEscapeSize);
    if (utf8::IsLowSurrogate(code_point)) return kLoneSurrogate;
    if (utf8::IsHighSurrogate(code_point)) {
      if (!content.starts_with("\\u")) return kLoneSurrogate;
      const uint32_t low = static_cast<uint32_t>(FourHexDigits(content.substr(2)));
      if (!utf8::IsLowSurrogate(low)) return kLoneSurrogate;
      content.remove_prefix(kMaxEscapeSize);
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
    }
    out = utf8::Write(code_point, out);
  }
}

}  // namespace sluice::json
