// Limits log lines: when brokers are down, every client logs that, every second.
#ifndef SLUICE_KAFKA_LOG_THROTTLE_H_
#define SLUICE_KAFKA_LOG_THROTTLE_H_

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kafka/scheduler.h"

namespace sluice {

/// The kind of a librdkafka line: its facility and the error at its end, without the names and
/// numbers between them. `ERROR`, `… t [7]: … (Local: Unknown partition)` is of the kind
/// `ERROR (Local: Unknown partition)`.
inline std::string LogKindOf(std::string_view facility, std::string_view text) {
  std::string kind(facility);
  if (text.empty() || text.back() != ')') return kind;
  const size_t open = text.rfind(" (");
  if (open == text.npos) return kind;
  const std::string_view error = text.substr(open);
  const bool names_error = error.rfind(" (Local: ", 0) == 0 || error.rfind(" (Broker: ", 0) == 0;
  if (names_error) kind.append(error);
  return kind;
}

/// Passes a text once in kQuiet, from any client, and limits the texts that pass in that time: of
/// one kind, so that a thousand partitions with one fault leave room for other faults, and in all.
/// Guarded by its owner.
class LogThrottle {
 public:
  static constexpr std::chrono::seconds kQuiet{10};
  static constexpr size_t kMaxLines = 500;
  static constexpr int kMaxLinesOfKind = 50;

  /// Returns nothing when the line is to be dropped; else the number of lines of this text that
  /// were dropped since it was passed last.
  std::optional<int> Pass(std::string_view kind, std::string_view text, TimePoint now) {
    if (now - began_ >= kQuiet) {
      began_ = now;
      before_.swap(dropped_);
      dropped_.clear();
      passed_.clear();
    }
    const size_t key = KeyOf(text);
    const auto known = dropped_.find(key);
    if (known != dropped_.end()) {
      ++known->second;
      return std::nullopt;
    }
    if (dropped_.size() >= kMaxLines) return std::nullopt;
    int& passed_of_kind = passed_[KeyOf(kind)];
    if (passed_of_kind >= kMaxLinesOfKind) return std::nullopt;
    ++passed_of_kind;
    dropped_[key] = 0;
    const auto earlier = before_.find(key);
    return earlier == before_.end() ? 0 : earlier->second;
  }

 private:
  static size_t KeyOf(std::string_view text) { return std::hash<std::string_view>()(text); }

  TimePoint began_{};
  std::unordered_map<size_t, int> passed_;   // By kind, in this time. At most kMaxLines.
  std::unordered_map<size_t, int> dropped_;  // By text, in this time.
  std::unordered_map<size_t, int> before_;   // In the one before.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_LOG_THROTTLE_H_
