// Threads that parse produce bodies too large for the event loop.
#ifndef SLUICE_KAFKA_PARSE_POOL_H_
#define SLUICE_KAFKA_PARSE_POOL_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "kafka/produce_batch.h"

namespace sluice {

/// Parses and enqueues batches in the order of their arrival, each on one of a few threads. The
/// threads start with the first need and never end. Safe from any thread.
class ParsePool {
 public:
  ParsePool() = default;
  ParsePool(const ParsePool&) = delete;
  ParsePool& operator=(const ParsePool&) = delete;

  /// Starts threads until there are `threads`.
  void EnsureThreads(int threads);

  void Add(std::unique_ptr<ProduceBatch> batch);

 private:
  void Loop();

  std::mutex mutex_;  // Guards the following.
  std::condition_variable wake_;
  std::deque<std::unique_ptr<ProduceBatch>> waiting_;
  int threads_ = 0;
  int idle_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PARSE_POOL_H_
