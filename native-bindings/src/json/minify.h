// JSON values checked against the grammar, and freed from white space in the same walk.
#ifndef SLUICE_JSON_MINIFY_H_
#define SLUICE_JSON_MINIFY_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "json/escape.h"
#include "json/tokens.h"

namespace sluice::json {

/// The largest depth of nested containers in a text.
inline constexpr size_t kMaxDepth = 1000;

/// Passes one value and writes it without white space between its tokens to `*out`, which it moves
/// to the end of the written text. Numbers, escapes, the order of members and duplicates do not
/// change. Accepts the texts that ECMAScript's JSON.parse accepts, with up to `max_depth` levels of
/// containers.
///
/// `*out` may be where the value begins, to write it in place, or a null pointer, to check only;
/// elsewhere it needs as much room as the value takes. Returns whether it is a value; if not,
/// `fault` names the error and its position, and the text before the fault may be overwritten.
/// Safe from any thread.
bool Minify(Cursor* cursor, size_t max_depth, char** out, std::string* fault);

/// Minify() for a whole text, of one value and nothing else. Uses `tokens`.
bool MinifyText(std::string_view text, Tokens* tokens, char** out, std::string* fault);

/// Whether `token` is a number by JSON's grammar, of any size. Safe from any thread.
bool IsNumber(std::string_view token);

/// Takes the white space out of a text that is known to be JSON, piece by piece, and without memory
/// for its tokens.
class WhiteSpaceFilter {
 public:
  /// Moves the kept parts of the next `text` to `out`, until either ends. Borrows nothing.
  Progress Filter(std::string_view text, char* out, size_t capacity);

 private:
  bool in_string_ = false;
  bool after_backslash_ = false;
};

}  // namespace sluice::json

#endif  // SLUICE_JSON_MINIFY_H_
