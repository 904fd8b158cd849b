// The time at which a consumer instance passes its seeks to librdkafka.
#ifndef SLUICE_KAFKA_CONSUMER_SEEK_SCHEDULE_H_
#define SLUICE_KAFKA_CONSUMER_SEEK_SCHEDULE_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "kafka/handles.h"
#include "kafka/scheduler.h"

namespace sluice {

/// Used by the consumer's actor, and by a blocking thread, which calls Finish(), while a seek runs.
class SeekSchedule {
 public:
  enum class State {
    kIdle,      ///< No partition is to be sought.
    kPending,   ///< Some are, at next_try() or later.
    kRunning,   ///< A blocking thread seeks, and uses the client; the actor does nothing.
    kFinished,  ///< The thread is done, and has woken the actor.
  };

  State state() const { return state_.load(std::memory_order_acquire); }
  bool is_pending() const { return state() == State::kPending; }
  bool IsDue(TimePoint now) const { return is_pending() && now >= next_try_; }
  /// While one is pending; else TimePoint::max().
  TimePoint next_try() const { return is_pending() ? next_try_ : TimePoint::max(); }

  // All changes of state:

  /// A partition is to be sought; with the next try, if there is one already.
  void Add() { Set(State::kPending); }
  /// At `when`; further tries follow after the first pause.
  void AddAt(TimePoint when) {
    next_try_ = when;
    pause_ = kFirstPause;
    Set(State::kPending);
  }
  void AddNow() { AddAt({}); }
  /// All that were pending are about to be told to librdkafka.
  void Clear() { Set(State::kIdle); }
  /// A blocking thread is about to seek, and to write the outcome to the list that this returns.
  rd_kafka_topic_partition_list_t* Start(TplRef seeks) {
    running_ = std::move(seeks);
    Set(State::kRunning);
    return running_.get();
  }
  /// Called on the blocking thread.
  void Finish() { Set(State::kFinished); }
  /// Returns the outcome of the seek.
  TplRef Take() {
    Set(State::kIdle);
    return std::move(running_);
  }
  /// A seek has to be tried again, after a pause that grows.
  void AddRetry(TimePoint now) {
    next_try_ = now + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    Set(State::kPending);
  }

  static constexpr std::chrono::milliseconds kFirstPause{20};

 private:
  static constexpr std::chrono::milliseconds kLongestPause{1000};

  void Set(State state) { state_.store(state, std::memory_order_release); }

  std::atomic<State> state_{State::kIdle};
  std::chrono::milliseconds pause_ = kFirstPause;
  TimePoint next_try_{};
  TplRef running_;  // The blocking thread's while kRunning, else the actor's.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_SEEK_SCHEDULE_H_
