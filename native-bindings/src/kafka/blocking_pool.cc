#include "kafka/blocking_pool.h"

#include <chrono>
#include <thread>
#include <utility>

#include "kafka/thread_name.h"

namespace sluice {

void BlockingPool::Run(std::function<void()> task) {
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (static_cast<size_t>(idle_) >= tasks_.size()) {
    wake_.notify_one();
  } else if (threads_ < kMaxThreads) {
    ++threads_;
    std::thread([this] { Loop(); }).detach();
  }
}

void BlockingPool::Loop() {
  NameThisThread("sluice-blocking");
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      task = nullptr;  // What it holds may be heavy to destroy: not under the lock.
      lock.lock();
    }
    ++idle_;
    const auto status = wake_.wait_for(lock, std::chrono::seconds(5));
    --idle_;
    if (status == std::cv_status::timeout && tasks_.empty()) break;
  }
  --threads_;
}

}  // namespace sluice
