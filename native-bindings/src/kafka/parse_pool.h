// Threads that parse produce bodies too large for the event loop.
#ifndef SLUICE_KAFKA_PARSE_POOL_H_
#define SLUICE_KAFKA_PARSE_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace sluice {

/// Works on bodies in the order of their arrival, each on one of a few threads. The threads start
/// with the first need and never end. Safe from any thread.
class ParsePool {
 public:
  ParsePool() = default;
  ParsePool(const ParsePool&) = delete;
  ParsePool& operator=(const ParsePool&) = delete;

  /// Starts threads until there are `threads`. False when the system does not give them all.
  [[nodiscard]] bool EnsureThreads(int threads);

  /// Runs `work` once, here when the body is small, else on one of the threads.
  template <typename Work>
  void Run(size_t body_size, Work work) {
    if (body_size <= kInlineBytes) {
      work();
    } else {
      Add(std::move(work));
    }
  }

 private:
  /// Bodies up to this size are worked on where they arrive: cheaper than waking another thread.
  static constexpr size_t kInlineBytes = 4096;

  void Add(std::function<void()> work);
  void Loop();

  std::mutex mutex_;  // Guards the following.
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  int threads_ = 0;
  int idle_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PARSE_POOL_H_
