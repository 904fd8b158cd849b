// The words of messages about JSON text: what was found, where, and what was expected instead.
#ifndef SLUICE_JSON_FAULT_H_
#define SLUICE_JSON_FAULT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::json {

/// The largest excerpt of a text in a message, in bytes.
inline constexpr size_t kMaxExcerptSize = 64;

/// "found <found> at byte <offset>, expected <expected>". Safe from any thread.
std::string Fault(std::string_view found, size_t offset, std::string_view expected);

/// Up to kMaxExcerptSize bytes of `text`, as well-formed UTF-8, followed by "..." when it is
/// longer. Safe from any thread.
std::string Excerpt(std::string_view text);

/// An excerpt in single quotes. Safe from any thread.
std::string QuotedExcerpt(std::string_view text);

/// A byte that can't be shown, as 0xFF. Safe from any thread.
std::string Hexadecimal(char byte);

}  // namespace sluice::json

#endif  // SLUICE_JSON_FAULT_H_
