#include "kafka/parse_pool.h"

#include "kafka/thread.h"

namespace sluice {

bool ParsePool::EnsureThreads(int threads) {
  std::lock_guard lock(mutex_);
  for (; threads_ < threads; ++threads_) {
    if (!StartThread("sluice-parse", [this] { Loop(); })) return false;
  }
  return true;
}

void ParsePool::Add(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(work));
  if (idle_ > 0) wake_.notify_one();
}

void ParsePool::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (waiting_.empty()) {
      ++idle_;
      wake_.wait(lock);
      --idle_;
    }
    {
      const auto work = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      work();
    }
    lock.lock();
  }
}

}  // namespace sluice
