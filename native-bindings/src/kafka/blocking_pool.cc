#include "kafka/blocking_pool.h"

#include <chrono>
#include <utility>

#include "kafka/thread.h"

namespace sluice {

bool BlockingPool::EnsureThread() {
  std::lock_guard lock(mutex_);
  return threads_ > stuck_ || AddThread();
}

void BlockingPool::Run(std::function<void()> task) {
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (static_cast<size_t>(idle_) >= tasks_.size()) {
    wake_.notify_one();
  } else if (threads_ < kMaxThreads + stuck_) {
    // The task waits for one of the other threads when the system gives none.
    AddThread();
  }
}

void BlockingPool::OnStuck() {
  std::lock_guard lock(mutex_);
  ++stuck_;
  if (!tasks_.empty()) AddThread();
}

bool BlockingPool::AddThread() {
  const bool is_started = StartThread("sluice-blocking", [this] { Loop(); });
  if (is_started) ++threads_;
  return is_started;
}

void BlockingPool::Loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;  // Its captures may be slow to destroy: not under the lock.
      lock.lock();
    }
    ++idle_;
    const auto status = wake_.wait_for(lock, std::chrono::seconds(5));
    --idle_;
    const bool is_last = threads_ - stuck_ <= 1;
    if (status == std::cv_status::timeout && tasks_.empty() && !is_last) break;
  }
  --threads_;
}

}  // namespace sluice
