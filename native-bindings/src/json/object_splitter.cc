// Strings are most of a text: they are passed from quote to quote.
#include "json/object_splitter.h"

#include <cstring>

#include "json/tokens.h"

namespace sluice::json {

ObjectSplitter::Step ObjectSplitter::Next(std::string_view piece) {
  Step step;
  size_t at = 0;
  if (depth_ == 0) {
    while (at < piece.size() && IsSpace(piece[at])) ++at;
    step.begin = at;
    if (at == piece.size()) {
      step.end = at;
      return step;
    }
    if (piece[at] != '{') {
      step.found = Found::kNoObject;
      step.end = at;
      return step;
    }
  }
  while (at < piece.size()) {
    if (in_string_) {
      at = PassString(piece, at);
      continue;
    }
    bool fits = true;
    switch (piece[at++]) {
      case '"':
        in_string_ = true;
        break;
      case '{':
        fits = Open(false);
        break;
      case '[':
        fits = Open(true);
        break;
      case '}':
        fits = Close(false);
        break;
      case ']':
        fits = Close(true);
        break;
      default:
        continue;
    }
    if (fits && depth_ != 0) continue;
    step.found = fits ? Found::kObject : Found::kBroken;
    break;
  }
  step.end = at;
  return step;
}

size_t ObjectSplitter::PassString(std::string_view piece, size_t at) {
  for (size_t from = at;; from = at) {
    const void* quote = std::memchr(piece.data() + from, '"', piece.size() - from);
    const size_t end =
        quote ? static_cast<size_t>(static_cast<const char*>(quote) - piece.data()) : piece.size();
    size_t backslashes = 0;
    while (end - backslashes > from && piece[end - backslashes - 1] == '\\') ++backslashes;
    bool is_escaped = backslashes % 2 == 1;
    // A run of backslashes goes on from the piece before.
    if (is_escaped_ && backslashes == end - from) is_escaped = !is_escaped;
    is_escaped_ = false;
    if (!quote) {
      is_escaped_ = is_escaped;
      return end;
    }
    at = end + 1;
    if (!is_escaped) {
      in_string_ = false;
      return at;
    }
  }
}

bool ObjectSplitter::Open(bool is_array) {
  if (depth_ == kMaxDepth) return false;
  arrays_[depth_++] = is_array;
  return true;
}

bool ObjectSplitter::Close(bool is_array) { return arrays_[--depth_] == is_array; }

}  // namespace sluice::json
