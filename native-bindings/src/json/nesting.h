// The depth of nested brackets in the text of a schema, in the three languages of schemas.
#ifndef SLUICE_JSON_NESTING_H_
#define SLUICE_JSON_NESTING_H_

#include <cstddef>
#include <string_view>

namespace sluice::json {

/// Whether brackets (`[` and `{`) of a schema's text nest deeper than `max_depth`. Strings are
/// skipped, and comments in Protobuf; JSON has none. A text that begins with a bracket or a quote
/// is JSON, because no Protobuf text does. The text need not be well-formed. Linear time, no
/// memory. Safe from any thread.
bool NestsDeeperThan(std::string_view text, size_t max_depth);

}  // namespace sluice::json

#endif  // SLUICE_JSON_NESTING_H_
