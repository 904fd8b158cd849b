// Recursive descent, one function for each rule of the grammar.
#include "json/reference_json.h"

#include <cstdint>

namespace sluice {
namespace {

class Parser {
 public:
  Parser(std::string_view text, size_t max_depth) : rest_(text), depth_left_(max_depth) {}

  std::optional<std::string> Parse() {
    if (!Value()) return std::nullopt;
    SkipSpace();
    if (!rest_.empty()) return std::nullopt;
    return minified_;
  }

 private:
  bool Value() {
    SkipSpace();
    if (rest_.empty()) return false;
    switch (rest_[0]) {
      case '{':
        return Container('}',
                         [this] { return Space() && String() && Space() && Take(":") && Value(); });
      case '[':
        return Container(']', [this] { return Value(); });
      case '"':
        return String();
      case 't':
        return Take("true");
      case 'f':
        return Take("false");
      case 'n':
        return Take("null");
      default:
        return Number();
    }
  }

  template <typename Element>
  bool Container(char closing, Element element) {
    if (depth_left_ == 0) return false;
    --depth_left_;
    TakeOne();
    SkipSpace();
    if (!TakeIf(closing)) {
      do {
        if (!element()) return false;
        SkipSpace();
      } while (TakeIf(','));
      if (!TakeIf(closing)) return false;
    }
    ++depth_left_;
    return true;
  }

  bool String() {
    if (!TakeIf('"')) return false;
    while (!rest_.empty() && rest_[0] != '"') {
      if (static_cast<uint8_t>(rest_[0]) < 0x20) return false;
      if (TakeIf('\\')) {
        if (!Escape()) return false;
      } else {
        TakeOne();
      }
    }
    return TakeIf('"');
  }

  bool Escape() {
    if (TakeIf('u')) {
      for (int i = 0; i < 4; ++i) {
        if (!TakeAnyOf("0123456789abcdefABCDEF")) return false;
      }
      return true;
    }
    return TakeAnyOf("\"\\/bfnrt");
  }

  bool Number() {
    TakeIf('-');
    if (!TakeIf('0') && !Digits()) return false;
    if (TakeIf('.') && !Digits()) return false;
    if (!TakeAnyOf("eE")) return true;
    TakeAnyOf("+-");
    return Digits();
  }

  bool Digits() {
    size_t count = 0;
    while (TakeAnyOf("0123456789")) ++count;
    return count != 0;
  }

  bool Space() {
    SkipSpace();
    return true;
  }

  void SkipSpace() {
    const size_t size = rest_.find_first_not_of(" \t\n\r");
    rest_.remove_prefix(size == rest_.npos ? rest_.size() : size);
  }

  void TakeOne() {
    minified_ += rest_[0];
    rest_.remove_prefix(1);
  }

  bool TakeIf(char character) { return TakeAnyOf(std::string_view(&character, 1)); }

  bool TakeAnyOf(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_[0]) == characters.npos) return false;
    TakeOne();
    return true;
  }

  bool Take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    minified_ += word;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::string_view rest_;
  size_t depth_left_;
  std::string minified_;
};

}  // namespace

std::optional<std::string> ReferenceMinify(std::string_view text, size_t max_depth) {
  if (!ReferenceIsUtf8(text)) return std::nullopt;
  return Parser(text, max_depth).Parse();
}

bool ReferenceIsUtf8(std::string_view text) {
  constexpr uint32_t kSmallestOfSize[] = {0, 0, 0x80, 0x800, 0x10000};
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<uint8_t>(text[at]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size == 0 || lead > 0xF7 || text.size() - at < size) return false;
    uint32_t code_point = size == 1 ? lead : lead & (0x7F >> size);
    for (size_t i = 1; i < size; ++i) {
      const auto byte = static_cast<uint8_t>(text[at + i]);
      if (byte >> 6 != 2) return false;
      code_point = code_point << 6 | (byte & 0x3F);
    }
    if (code_point < kSmallestOfSize[size] || code_point > 0x10FFFF) return false;
    if (code_point >= 0xD800 && code_point <= 0xDFFF) return false;
    at += size;
  }
  return true;
}

}  // namespace sluice
