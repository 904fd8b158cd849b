// Tokens by simdjson's first stage, which On-Demand and DOM stand on: it finds where tokens begin
// and validates UTF-8, a gigabyte in a tenth of a second. The stages above it are not used: they
// need padding behind the text, which consumed records don't have, pass a byte order mark, and
// leave numbers and unread values unvalidated. This file alone knows simdjson's classes.
#include "json/tokens.h"

#include <algorithm>
#include <bit>

#include "json/escape.h"
#include "json/fault.h"
#include "json/utf8.h"
#include "simdjson.h"

namespace sluice::json {
namespace {

// The smallest capacity of the index, and the largest that it keeps between texts, in bytes of
// text. The index takes four times as much.
constexpr size_t kMinCapacity = 16 << 10;
constexpr size_t kMaxKeptCapacity = 1 << 20;

// simdjson allocates stacks for its second stage, which never runs.
constexpr size_t kNoDepth = 1;

// Finds the reason for which stage 1 refused `text`: it reports none.
std::string FindFault(std::string_view text) {
  const size_t invalid = utf8::FindInvalid(text);
  size_t opening = text.npos;
  for (size_t at = 0; at < invalid; ++at) {
    const bool in_string = opening != text.npos;
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte == '"') {
      opening = in_string ? text.npos : at;
    } else if (in_string && byte < 0x20) {
      return Fault("the control character " + Hexadecimal(text[at]), at, "it escaped in a string");
    } else if (!in_string && (byte == '\\' || byte >= 0x80)) {
      return Fault(QuotedExcerpt(text.substr(at)), at, "such only in strings");
    } else if (byte == '\\') {
      ++at;
    }
  }
  if (invalid != text.size()) return Fault(Hexadecimal(text[invalid]), invalid, "UTF-8");
  std::string expected = "a closing quote";
  if (opening != text.npos) expected += " for the string at byte " + std::to_string(opening);
  return Fault("the end", text.size(), expected);
}

}  // namespace

Cursor::Cursor(std::string_view text, const uint32_t* begin, const uint32_t* end)
    : begin_of_text_(text.data()),
      end_of_text_(text.data() + text.size()),
      next_(begin),
      end_(end) {
  FindBackslash(begin_of_text_);
}

void Cursor::FindBackslash(const char* from) {
  const void* found = std::memchr(from, '\\', static_cast<size_t>(end_of_text_ - from));
  backslash_ = found == nullptr ? end_of_text_ : static_cast<const char*>(found);
}

std::string Cursor::Expected(std::string_view what) const {
  return Fault(Describe(), *next_, what);
}

bool Cursor::CheckEscapes(std::string_view token, std::string* fault) const {
  const std::string_view content = token.substr(0, token.size() - 1);
  const size_t bad = FindBadEscape(content);
  if (bad == content.size()) return true;
  const std::string_view escape = utf8::Cut(content.substr(bad), kMaxEscapeSize);
  *fault = Fault(QuotedExcerpt(escape), *next_ + bad, "an escape of JSON's");
  return false;
}

std::string Cursor::Describe() const {
  switch (Peek()) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return Excerpt(Token());
    default:
      break;
  }
  if (AtEnd()) return "the end";
  if (Token().starts_with("\uFEFF")) return "a byte order mark";
  return QuotedExcerpt(Token());
}

struct Tokens::Index {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage1;

  // Whether there is memory for the tokens of `size` bytes.
  bool Reserve(size_t size) {
    if (stage1 != nullptr && stage1->capacity() >= size) return true;
    const size_t capacity =
        size > kMaxKeptCapacity ? size : std::bit_ceil(std::max(size, kMinCapacity));
    if (stage1 != nullptr) return stage1->set_capacity(capacity) == simdjson::SUCCESS;
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
               capacity, kNoDepth, stage1) == simdjson::SUCCESS;
  }
};

Tokens::Tokens() : index_(std::make_unique<Index>()) {}
Tokens::~Tokens() = default;

bool Tokens::Find(std::string_view text, Cursor* cursor, std::string* fault) {
  if (text.empty()) {
    *cursor = Cursor();
    return true;
  }
  if (!index_->Reserve(text.size())) {
    *fault = "found " + std::to_string(text.size()) + " bytes, expected what fits into memory";
    return false;
  }
  auto& stage1 = *index_->stage1;
  // All JSON ends with an ASCII character, and simdjson's scalar implementation looks one byte
  // beyond a text that does not.
  const bool is_ascii_at_end = static_cast<uint8_t>(text.back()) < 0x80;
  const auto error = is_ascii_at_end ? stage1.stage1(reinterpret_cast<const uint8_t*>(text.data()),
                                                     text.size(), simdjson::stage1_mode::regular)
                                     : simdjson::UTF8_ERROR;
  if (error != simdjson::SUCCESS && error != simdjson::EMPTY) {
    *fault = FindFault(text);
    return false;
  }
  const uint32_t* const begin = stage1.structural_indexes.get();
  const size_t count = error == simdjson::EMPTY ? 0 : stage1.n_structural_indexes;
  *cursor = Cursor(text, begin, begin + count);
  return true;
}

void Tokens::Trim() {
  if (index_->stage1 != nullptr && index_->stage1->capacity() > kMaxKeptCapacity) {
    index_->stage1.reset();
  }
}

}  // namespace sluice::json
