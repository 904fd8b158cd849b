#include "kafka/job.h"

#include <utility>

namespace sluice {

void JobWorkers::Add(size_t index, uint32_t start, std::weak_ptr<Outbox> outbox) {
  Worker worker{start, std::move(outbox), std::nullopt};
  clockid_t clock = 0;
  if (pthread_getcpuclockid(pthread_self(), &clock) == 0) worker.clock = clock;
  std::lock_guard lock(mutex_);
  if (workers_.size() <= index) workers_.resize(index + 1);
  workers_[index] = std::move(worker);
}

std::shared_ptr<Outbox> JobWorkers::Find(size_t index) const {
  std::lock_guard lock(mutex_);
  return index < workers_.size() ? workers_[index].outbox.lock() : nullptr;
}

std::shared_ptr<Outbox> JobWorkers::FindStart(size_t index, uint32_t start) const {
  std::lock_guard lock(mutex_);
  const bool is_it = index < workers_.size() && workers_[index].start == start;
  return is_it ? workers_[index].outbox.lock() : nullptr;
}

int64_t JobWorkers::ProcessorMicros(size_t index) const {
  std::lock_guard lock(mutex_);
  if (index >= workers_.size() || !workers_[index].clock) return -1;
  timespec time{};
  if (clock_gettime(*workers_[index].clock, &time) != 0) return -1;
  return int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000;
}

uint32_t JobWorkers::NewJobId() {
  std::lock_guard lock(mutex_);
  last_job_ = last_job_ >= INT32_MAX ? 1 : last_job_ + 1;
  return last_job_;
}

}  // namespace sluice
