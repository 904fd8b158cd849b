#include "kafka/scheduler.h"

#include <utility>

#include "kafka/thread.h"

namespace sluice {

bool Actor::MarkWoken() {
  int state = state_.load(std::memory_order_relaxed);
  for (;;) {
    const int next = state == kIdle ? kQueued : state == kRunning ? kRunningAndWoken : state;
    // The exchange happens even if the state stays: it publishes what the caller wrote before.
    if (state_.compare_exchange_weak(state, next, std::memory_order_acq_rel)) break;
  }
  return state == kIdle;
}

void Actor::Wake() {
  if (!MarkWoken()) return;
  // A thread may wake an actor that is being destroyed.
  if (auto self = weak_from_this().lock()) scheduler_.Enqueue(std::move(self));
}

void Actor::WakeAt(TimePoint when) { scheduler_.SetAlarm(*this, when); }

bool Scheduler::EnsureThreads(int threads) {
  std::lock_guard lock(mutex_);
  for (; threads_ < threads; ++threads_) {
    if (!StartThread("sluice-consumer", [this] { Loop(); })) return false;
  }
  return true;
}

void Scheduler::Enqueue(std::shared_ptr<Actor> actor) {
  std::lock_guard lock(mutex_);
  ready_.push_back(std::move(actor));
  if (sleeping_ > 0) wake_.notify_one();
}

void Scheduler::SetAlarm(Actor& actor, TimePoint when) {
  std::lock_guard lock(mutex_);
  if (actor.alarm_ <= when) return;
  // The later alarm goes: a far alarm that is replaced again and again must not pile up.
  if (actor.alarm_ != TimePoint::max()) alarms_.erase(actor.alarm_entry_);
  actor.alarm_ = when;
  const bool earliest = alarms_.empty() || when < alarms_.begin()->first;
  actor.alarm_entry_ = alarms_.emplace(when, actor.weak_from_this());
  // A sleeper waits for the earliest alarm; it must learn of an earlier one.
  if (earliest && sleeping_ > 0) wake_.notify_one();
}

size_t Scheduler::alarms() {
  std::lock_guard lock(mutex_);
  return alarms_.size();
}

void Scheduler::Loop() {
  for (;;) RunOnce(Next(), *this);
}

std::shared_ptr<Actor> Scheduler::Next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!alarms_.empty()) RingAlarms(Clock::now());
    if (!ready_.empty()) {
      auto actor = std::move(ready_.front());
      ready_.pop_front();
      return actor;
    }
    ++sleeping_;
    if (alarms_.empty()) {
      wake_.wait(lock);
    } else {
      // A copy: another thread may ring the alarm, and with it goes its time, during the wait.
      const TimePoint earliest = alarms_.begin()->first;
      wake_.wait_until(lock, earliest);
    }
    --sleeping_;
  }
}

void Scheduler::RingAlarms(TimePoint now) {
  while (!alarms_.empty() && alarms_.begin()->first <= now) {
    auto actor = alarms_.begin()->second.lock();
    alarms_.erase(alarms_.begin());
    if (!actor) continue;
    actor->alarm_ = TimePoint::max();
    if (actor->MarkWoken()) ready_.push_back(std::move(actor));
  }
}

void Scheduler::RunOnce(const std::shared_ptr<Actor>& actor, Scheduler& scheduler) {
  actor->state_.exchange(Actor::kRunning, std::memory_order_acq_rel);
  actor->Run();
  int running = Actor::kRunning;
  if (actor->state_.compare_exchange_strong(running, Actor::kIdle, std::memory_order_acq_rel)) {
    return;
  }
  actor->state_.store(Actor::kQueued, std::memory_order_release);
  // Wakes no other thread: this one asks for the next actor now.
  std::lock_guard lock(scheduler.mutex_);
  scheduler.ready_.push_back(actor);
}

}  // namespace sluice
