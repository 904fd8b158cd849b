// The consumer threads, and the actors that they run, each on one thread at a time.
#ifndef SLUICE_KAFKA_SCHEDULER_H_
#define SLUICE_KAFKA_SCHEDULER_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>

namespace sluice {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

class Scheduler;

/// Something that runs when it was woken or when its time has come, and otherwise holds no thread.
class Actor : public std::enable_shared_from_this<Actor> {
 public:
  explicit Actor(Scheduler& scheduler) : scheduler_(scheduler) {}
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  /// Makes Run() be called once more, soon, on a consumer thread. Wakes while it is running or
  /// waiting to run are folded into one more run. Cheap and lock-light: librdkafka calls it with
  /// its queue locked. Safe from any thread.
  void Wake();

 protected:
  /// Wakes at `when`, at the latest. An earlier alarm stays. Called from Run() only.
  void WakeAt(TimePoint when);

  Scheduler& scheduler() { return scheduler_; }

 private:
  friend class Scheduler;

  /// Does all pending work without waiting. Never runs twice at once. Called on a consumer thread.
  virtual void Run() = 0;

  enum State : int { kIdle, kQueued, kRunning, kRunningAndWoken };

  /// Returns whether the caller must put it on the run queue.
  bool MarkWoken();

  using Alarms = std::multimap<TimePoint, std::weak_ptr<Actor>>;

  Scheduler& scheduler_;
  std::atomic<int> state_{kIdle};
  // Guarded by scheduler_.mutex_.
  TimePoint alarm_ = TimePoint::max();
  Alarms::iterator alarm_entry_;  // Only while there is an alarm.
};

/// A few threads that run actors. Threads start with the first need and never end: the scheduler
/// lives as long as the process.
class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Starts threads until there are `threads`. False when the system does not give them all. Safe
  /// from any thread.
  [[nodiscard]] bool EnsureThreads(int threads);

  /// The number of alarms: at most one for each actor. Safe from any thread.
  size_t alarms();

 private:
  friend class Actor;

  void Enqueue(std::shared_ptr<Actor> actor);
  void SetAlarm(Actor& actor, TimePoint when);
  void Loop();
  std::shared_ptr<Actor> Next();
  void RingAlarms(TimePoint now);
  static void RunOnce(const std::shared_ptr<Actor>& actor, Scheduler& scheduler);

  std::mutex mutex_;  // Guards the following.
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Actor>> ready_;
  Actor::Alarms alarms_;
  int threads_ = 0;
  int sleeping_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_SCHEDULER_H_
