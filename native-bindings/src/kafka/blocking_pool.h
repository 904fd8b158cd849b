// Threads for blocking librdkafka calls without an asynchronous form: creating and destroying
// clients, metadata, the last flush.
#ifndef SLUICE_KAFKA_BLOCKING_POOL_H_
#define SLUICE_KAFKA_BLOCKING_POOL_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace sluice {

/// Runs tasks in no particular order, each on a thread that may block. Threads start on need, up
/// to kMaxThreads, and end when they were idle for a while, except for one: so that tasks run even
/// while the system gives no thread. Safe from any thread.
class BlockingPool {
 public:
  BlockingPool() = default;
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Starts the thread that stays. False when the system refuses it.
  [[nodiscard]] bool EnsureThread();

  void Run(std::function<void()> task);

  /// The caller's task, on another thread, will never end: its thread no longer counts.
  void OnStuck();

 private:
  /// Closing hundreds of consumers of a dead cluster takes each its time limit; this many at once.
  static constexpr int kMaxThreads = 32;

  void Loop();
  /// Called with the lock.
  bool AddThread();

  std::mutex mutex_;  // Guards the following.
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  int threads_ = 0;
  int idle_ = 0;
  int stuck_ = 0;  // Of the threads.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_BLOCKING_POOL_H_
