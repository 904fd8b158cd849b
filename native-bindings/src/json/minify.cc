// A loop over tokens with a stack of open containers, so depth costs no stack of the thread's.
#include "json/minify.h"

#include <cstring>

namespace sluice::json {
namespace {

// Moves tokens together. Those that touch each other already are moved at once, so text without
// white space is not moved at all when it stays in place.
class Compactor {
 public:
  explicit Compactor(char* out) : out_(out) {}

  void Keep(std::string_view token) {
    if (token.data() != end_) {
      Flush();
      begin_ = token.data();
    }
    end_ = token.data() + token.size();
  }

  // Returns the end of what was written.
  char* Finish() {
    Flush();
    return out_;
  }

 private:
  void Flush() {
    if (out_ == nullptr || begin_ == end_) return;
    const size_t size = static_cast<size_t>(end_ - begin_);
    if (out_ != begin_) std::memmove(out_, begin_, size);
    out_ += size;
  }

  char* out_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
};

// The walk over one value. Each Pass… passes a part of it, or returns false; those that must not
// have set the fault then.
class Walk {
 public:
  Walk(Cursor* cursor, size_t max_depth, char* out, std::string* fault)
      : cursor_(*cursor), max_depth_(max_depth), compactor_(out), fault_(*fault) {}

  bool Run() {
    do {
      if (!Descend() || !Ascend()) return false;
    } while (depth_ != 0);
    return true;
  }

  char* Finish() { return compactor_.Finish(); }

 private:
  // Passes opening brackets and member names down to a value with nothing in it.
  bool Descend() {
    while (true) {
      if (IsInObject() && !PassName()) return false;
      const char opening = cursor_.Peek();
      if (opening != '{' && opening != '[') return PassScalar();
      if (depth_ == max_depth_) return RefuseDepth();
      Pass(opening);
      const char closing = opening == '{' ? '}' : ']';
      if (Pass(closing)) return true;
      closings_[depth_++] = closing;
    }
  }

  // Passes the closing brackets behind a value, and the comma before the next.
  bool Ascend() {
    for (; depth_ != 0; --depth_) {
      if (Pass(',')) return true;
      if (!Pass(closings_[depth_ - 1])) return Refuse(IsInObject() ? "',' or '}'" : "',' or ']'");
    }
    return true;
  }

  bool IsInObject() const { return depth_ != 0 && closings_[depth_ - 1] == '}'; }

  bool PassName() {
    if (cursor_.Peek() != '"') return Refuse("a member name in quotes");
    return PassString() && (Pass(':') || Refuse("':'"));
  }

  bool PassScalar() {
    if (cursor_.Peek() == '"') return PassString();
    if (cursor_.AtEnd()) return Refuse("a value");
    const std::string_view token = cursor_.Token();
    if (!IsNumber(token) && token != "true" && token != "false" && token != "null") {
      return Refuse("a value");
    }
    PassToken(token);
    return true;
  }

  bool PassString() {
    const std::string_view token = cursor_.Token();
    if (cursor_.HasBackslash(token) && !cursor_.CheckEscapes(token, &fault_)) return false;
    PassToken(token);
    return true;
  }

  // Passes the current token if it is this one. Returns whether it was.
  bool Pass(char bracket_or_comma) {
    if (cursor_.Peek() != bracket_or_comma) return false;
    PassToken({cursor_.place(), 1});
    return true;
  }

  void PassToken(std::string_view token) {
    compactor_.Keep(token);
    cursor_.Skip();
  }

  bool RefuseDepth() {
    return Refuse("at most " + std::to_string(kMaxDepth) + " containers in one another");
  }

  bool Refuse(std::string_view expected) {
    fault_ = cursor_.Expected(expected);
    return false;
  }

  Cursor& cursor_;
  const size_t max_depth_;
  Compactor compactor_;
  std::string& fault_;
  size_t depth_ = 0;
  char closings_[kMaxDepth];  // The closing bracket of each open container.
};

}  // namespace

bool Minify(Cursor* cursor, size_t max_depth, char** out, std::string* fault) {
  Walk walk(cursor, max_depth, *out, fault);
  if (!walk.Run()) return false;
  *out = walk.Finish();
  return true;
}

bool MinifyText(std::string_view text, Tokens* tokens, char** out, std::string* fault) {
  Cursor cursor;
  if (!tokens->Find(text, &cursor, fault)) return false;
  if (!Minify(&cursor, kMaxDepth, out, fault)) return false;
  if (cursor.AtEnd()) return true;
  *fault = cursor.Expected("the end");
  return false;
}

bool IsNumber(std::string_view token) {
  const char* at = token.data();
  const char* const end = at + token.size();
  const auto accept = [&](auto... any) {
    if (at == end || ((*at != any) && ...)) return false;
    ++at;
    return true;
  };
  const auto accept_digits = [&] {
    const char* const begin = at;
    while (at != end && *at >= '0' && *at <= '9') ++at;
    return at != begin;
  };
  accept('-');
  if (!accept('0') && !accept_digits()) return false;
  if (accept('.') && !accept_digits()) return false;
  if (accept('e', 'E')) {
    accept('+', '-');
    if (!accept_digits()) return false;
  }
  return at == end;
}

Progress WhiteSpaceFilter::Filter(std::string_view text, char* out, size_t capacity) {
  Progress done;
  for (; done.read != text.size(); ++done.read) {
    const char character = text[done.read];
    if (!in_string_ && IsSpace(character)) continue;
    if (done.written == capacity) break;
    out[done.written++] = character;
    if (after_backslash_) {
      after_backslash_ = false;
    } else if (character == '\\') {
      after_backslash_ = true;
    } else if (character == '"') {
      in_string_ = !in_string_;
    }
  }
  return done;
}

}  // namespace sluice::json
