// A limit on something counted: bytes in flight, bytes buffered.
#ifndef SLUICE_KAFKA_BUDGET_H_
#define SLUICE_KAFKA_BUDGET_H_

#include <atomic>
#include <cstdint>

namespace sluice {

/// Counts the amount in use against a limit. Safe from any thread.
class Budget {
 public:
  explicit Budget(int64_t limit) : limit_(limit) {}

  /// Takes `amount` and returns true, or takes nothing when that would pass the limit.
  bool TryTake(int64_t amount) {
    int64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (used + amount > limit()) return false;
    } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_relaxed));
    return true;
  }

  void Give(int64_t amount) { used_.fetch_sub(amount, std::memory_order_relaxed); }

  int64_t used() const { return used_.load(std::memory_order_relaxed); }
  int64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit(int64_t limit) { limit_.store(limit, std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> used_{0};
  std::atomic<int64_t> limit_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_BUDGET_H_
