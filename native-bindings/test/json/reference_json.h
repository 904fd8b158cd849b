// An oracle for the JSON code: a parser as plain as the grammar of RFC 8259, and as slow.
#ifndef SLUICE_TEST_JSON_REFERENCE_JSON_H_
#define SLUICE_TEST_JSON_REFERENCE_JSON_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// `text` without the white space between its tokens, or nothing when it is not one JSON value
/// that is nested at most `max_depth` deep. What JSON.parse accepts, in other words.
std::optional<std::string> ReferenceMinify(std::string_view text, size_t max_depth = 1000);

/// Whether `text` is well-formed UTF-8.
bool ReferenceIsUtf8(std::string_view text);

}  // namespace sluice

#endif  // SLUICE_TEST_JSON_REFERENCE_JSON_H_
