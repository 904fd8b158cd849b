#include "json/nesting.h"

#include <algorithm>

#include "json/tokens.h"

namespace sluice::json {
namespace {

// The offset behind the string whose quote is at `at`. A string of Protobuf ends with its line at
// the latest; one of JSON has no line ends that are not escaped.
size_t EndOfString(std::string_view text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == quote || text[at] == '\n') {
      return at + 1;
    }
  }
  return text.size();
}

// The offset behind the comment that begins at `at`, or behind the character there if none does.
size_t EndOfComment(std::string_view text, size_t at) {
  const std::string_view opening = text.substr(at, 2);
  if (opening != "//" && opening != "/*") return at + 1;
  const std::string_view closing = opening == "//" ? "\n" : "*/";
  const size_t end = text.find(closing, at + 2);
  return end == std::string_view::npos ? text.size() : end + closing.size();
}

bool IsJson(std::string_view text) {
  const auto* const first = std::find_if_not(text.begin(), text.end(), IsSpace);
  return first != text.end() && (*first == '{' || *first == '[' || *first == '"');
}

}  // namespace

bool NestsDeeperThan(std::string_view text, size_t max_depth) {
  const bool is_json = IsJson(text);
  size_t depth = 0;
  for (size_t at = 0; at < text.size();) {
    switch (text[at]) {
      case '[':
      case '{':
        if (++depth > max_depth) return true;
        ++at;
        break;
      case ']':
      case '}':
        if (depth > 0) --depth;
        ++at;
        break;
      case '"':
        at = EndOfString(text, at);
        break;
      case '\'':
        at = is_json ? at + 1 : EndOfString(text, at);
        break;
      case '/':
        at = is_json ? at + 1 : EndOfComment(text, at);
        break;
      default:
        ++at;
    }
  }
  return false;
}

}  // namespace sluice::json
