// JSON text as a sequence of tokens: their offsets and texts, without a check of the grammar
// between them.
#ifndef SLUICE_JSON_TOKENS_H_
#define SLUICE_JSON_TOKENS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::json {

/// Whether `character` is JSON's white space.
inline bool IsSpace(char character) {
  return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

/// Walks forward over the tokens of a text. Cheap to copy; borrows the text and the Tokens object
/// that made it.
///
/// A token is one of `{ } [ ] : ,`, a string, or a run of anything else. Strings are closed, UTF-8
/// and without control characters; their escapes are unchecked. The text before the current token
/// may be overwritten.
class Cursor {
 public:
  /// Over an empty text.
  Cursor() = default;
  /// `begin` to `end` are the offsets of the tokens; the size of the text follows them.
  Cursor(std::string_view text, const uint32_t* begin, const uint32_t* end);

  /// Whether all tokens have been passed.
  bool AtEnd() const { return next_ == end_; }

  /// The first character of the current token; NUL at the end.
  char Peek() const { return AtEnd() ? '\0' : *place(); }

  /// The beginning of the current token, or the end of the text.
  const char* place() const { return begin_of_text_ + *next_; }

  /// Passes the current token. Not at the end of the text.
  void Skip() { ++next_; }

  /// Passes the current token if it is `character`, one of `{ } [ ] : ,`. Returns whether it was.
  bool Accept(char character) {
    if (Peek() != character) return false;
    Skip();
    return true;
  }

  /// The current token; a string with its quotes. Not at the end of the text.
  std::string_view Token() const {
    const char* const begin = begin_of_text_ + next_[0];
    const char* end = begin_of_text_ + next_[1];
    while (IsSpace(end[-1])) --end;
    return {begin, static_cast<size_t>(end - begin)};
  }

  /// Whether there is a backslash in `token`. Callers pass tokens in their order, and may leave
  /// some out: all calls together search the text once.
  bool HasBackslash(std::string_view token) {
    if (backslash_ < token.data()) FindBackslash(token.data());
    return backslash_ < token.data() + token.size();
  }

  /// Whether all escapes in `token`, the current one and a string, are JSON's; if not, `fault`
  /// names the first that is not.
  bool CheckEscapes(std::string_view token, std::string* fault) const;

  /// "found … at byte …, expected <what>", for the current token.
  std::string Expected(std::string_view what) const;

 private:
  // The current token as a message shows it: short, and containers by name.
  std::string Describe() const;
  void FindBackslash(const char* from);

  const char* begin_of_text_ = nullptr;
  const char* end_of_text_ = nullptr;
  static constexpr uint32_t kNoTokens[] = {0};
  const uint32_t* next_ = kNoTokens;
  const uint32_t* end_ = kNoTokens;
  // The first backslash at or after the last token that a caller passed.
  const char* backslash_ = nullptr;
};

/// Finds the tokens of one text after another, in memory that it keeps. One thread at a time.
class Tokens {
 public:
  Tokens();
  ~Tokens();
  Tokens(const Tokens&) = delete;
  Tokens& operator=(const Tokens&) = delete;

  /// Finds the tokens of `text`, which may be empty and needs no padding, and sets `cursor` to the
  /// first. `cursor` is valid until the next call. If it returns false, `fault` names the error and
  /// its position.
  bool Find(std::string_view text, Cursor* cursor, std::string* fault);

  /// Frees the memory that only an unusually long text needed. Invalidates all cursors.
  void Trim();

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

}  // namespace sluice::json

#endif  // SLUICE_JSON_TOKENS_H_
