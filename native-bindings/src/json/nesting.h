// How deep the brackets of a schema's text nest, in the three languages of schemas.
#ifndef SLUICE_JSON_NESTING_H_
#define SLUICE_JSON_NESTING_H_

#include <cstddef>
#include <string_view>

namespace sluice::json {

/// Whether brackets (`[` and `{`) of a schema's text nest deeper than `max_depth`. Strings are
/// passed over; so are comments of Protobuf, which JSON has none of. A text is taken for JSON when
/// it begins with a bracket or a quote, as no text of Protobuf does. The text needs not be
/// well-formed. Linear time, no memory. Safe from any thread.
bool NestsDeeperThan(std::string_view text, size_t max_depth);

}  // namespace sluice::json

#endif  // SLUICE_JSON_NESTING_H_
