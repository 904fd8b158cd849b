// Which log lines are worth passing on: when brokers die, every client says so, every second.
#ifndef SLUICE_KAFKA_LOG_THROTTLE_H_
#define SLUICE_KAFKA_LOG_THROTTLE_H_

#include <optional>
#include <string_view>
#include <unordered_map>

#include "kafka/scheduler.h"

namespace sluice {

/// Passes a text once in kQuiet, whoever says it, and no more than kMaxLines texts in that time.
/// Guarded by its owner.
class LogThrottle {
 public:
  static constexpr std::chrono::seconds kQuiet{10};
  static constexpr size_t kMaxLines = 500;

  /// Nothing when the line is to be dropped; else how many lines of this text were dropped since
  /// it was passed last.
  std::optional<int> Pass(std::string_view text, TimePoint now) {
    if (now - began_ >= kQuiet) {
      began_ = now;
      before_.swap(dropped_);
      dropped_.clear();
    }
    const size_t key = std::hash<std::string_view>()(text);
    const auto known = dropped_.find(key);
    if (known != dropped_.end()) {
      ++known->second;
      return std::nullopt;
    }
    if (dropped_.size() >= kMaxLines) return std::nullopt;
    dropped_[key] = 0;
    const auto earlier = before_.find(key);
    return earlier == before_.end() ? 0 : earlier->second;
  }

 private:
  TimePoint began_{};
  std::unordered_map<size_t, int> dropped_;  // By text, in this time.
  std::unordered_map<size_t, int> before_;   // In the one before.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_LOG_THROTTLE_H_
