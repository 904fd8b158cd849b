// A histogram of durations.
#ifndef SLUICE_KAFKA_DURATIONS_H_
#define SLUICE_KAFKA_DURATIONS_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "kafka/scheduler.h"

namespace sluice {

/// Counts durations since the start of the process. Safe from any thread.
class Durations {
 public:
  /// Upper bounds of the buckets, in microseconds. One more bucket has no bound.
  static constexpr std::array<int64_t, 17> kBounds{
      50,     100,     250,     500,     1000,      2500,      5000,      10'000,    25'000,
      50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
  using Counts = std::array<int64_t, kBounds.size() + 1>;

  void Observe(Clock::duration duration, int64_t times = 1) {
    if (times == 0) return;
    const int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    const auto* bound = std::lower_bound(kBounds.begin(), kBounds.end(), us);
    counts_[static_cast<size_t>(bound - kBounds.begin())].fetch_add(times,
                                                                    std::memory_order_relaxed);
    sum_us_.fetch_add(us * times, std::memory_order_relaxed);
  }

  /// The number of durations in each bucket, without those of the buckets below.
  Counts counts() const {
    Counts counts;
    for (size_t i = 0; i < counts.size(); ++i) {
      counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    return counts;
  }

  /// The sum of all durations, in microseconds.
  int64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<int64_t>, kBounds.size() + 1> counts_{};
  std::atomic<int64_t> sum_us_{0};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_DURATIONS_H_
