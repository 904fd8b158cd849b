// Moments as texts: ISO 8601 and seconds since the epoch.
#ifndef SLUICE_JSON_INSTANT_H_
#define SLUICE_JSON_INSTANT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::json {

/// The milliseconds since the epoch of an instant as java.time.Instant and OffsetDateTime print it
/// (`2026-08-01T10:15:30.123Z`, `…+01:00`; the seconds and their fraction may be absent), or of a
/// number of seconds in decimal digits, which may have a fraction. Smaller parts are cut. Nothing
/// for any other text. Safe from any thread.
std::optional<int64_t> ParseInstant(std::string_view text);

/// The room that WriteInstant() needs.
inline constexpr size_t kMaxInstantSize = 40;

/// Writes an instant in UTC, with three digits of milliseconds unless they are zero. Returns the
/// end of it. Safe from any thread.
char* WriteInstant(int64_t milliseconds, char* out);

}  // namespace sluice::json

#endif  // SLUICE_JSON_INSTANT_H_
