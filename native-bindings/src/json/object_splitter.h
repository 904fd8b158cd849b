// The ends of JSON objects in a text that arrives in pieces.
#ifndef SLUICE_JSON_OBJECT_SPLITTER_H_
#define SLUICE_JSON_OBJECT_SPLITTER_H_

#include <bitset>
#include <cstddef>
#include <string_view>

#include "json/minify.h"

namespace sluice::json {

/// Finds where each of the concatenated objects of a text begins and ends. Looks at brackets and
/// quotes only: what it finds may still be no JSON. One thread at a time. Holds no text.
class ObjectSplitter {
 public:
  enum class Found {
    kNothing,   ///< The piece has no further end of an object.
    kObject,    ///< An object ends.
    kBroken,    ///< No end of the object can be found: its brackets are not those of JSON.
    kNoObject,  ///< Text outside of objects that is no white space.
  };

  struct Step {
    Found found = Found::kNothing;
    /// Where the object begins in this piece; 0 when it began in an earlier one. The size of the
    /// piece when no object has begun.
    size_t begin = 0;
    /// The bytes that were passed: behind the closing bracket, or behind the one that does not fit.
    size_t end = 0;
  };

  /// Passes `piece` up to the end of an object, or to its end. To be called with the rest of the
  /// piece until it finds nothing, and not after kBroken or kNoObject.
  Step Next(std::string_view piece);

  /// Whether an object has begun whose end has not been found.
  bool is_within() const { return depth_ != 0; }

 private:
  /// Passes the rest of a string. Returns the bytes that were passed.
  size_t PassString(std::string_view piece, size_t at);
  bool Open(bool is_array);
  bool Close(bool is_array);

  size_t depth_ = 0;
  bool in_string_ = false;
  // The next character of the string is escaped.
  bool is_escaped_ = false;
  std::bitset<kMaxDepth> arrays_;  // Which of the open containers are arrays.
};

}  // namespace sluice::json

#endif  // SLUICE_JSON_OBJECT_SPLITTER_H_
