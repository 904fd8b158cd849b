// Actors: each runs alone, every wake counts, alarms ring.
#include "kafka/scheduler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/recording_outbox.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

/// Schedulers live as long as the process, and so do their threads.
Scheduler& NewScheduler(int threads) {
  auto* scheduler = new Scheduler();
  static auto* const all = new std::vector<Scheduler*>();  // So that none counts as leaked.
  all->push_back(scheduler);
  EXPECT_TRUE(scheduler->EnsureThreads(threads));
  return *scheduler;
}

/// Does what it is told when it runs.
class TestActor final : public Actor {
 public:
  TestActor(Scheduler& scheduler, std::function<void(TestActor&)> body)
      : Actor(scheduler), body_(std::move(body)) {}

  using Actor::WakeAt;

 private:
  void Run() override { body_(*this); }

  const std::function<void(TestActor&)> body_;
};

std::shared_ptr<TestActor> NewActor(Scheduler& scheduler, std::function<void(TestActor&)> body) {
  return std::make_shared<TestActor>(scheduler, std::move(body));
}

/// A gate that a running actor waits at.
class Gate {
 public:
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST(SchedulerTest, RunsAnActorThatWasWoken) {
  std::atomic<int> runs{0};
  auto actor = NewActor(NewScheduler(1), [&](TestActor&) { ++runs; });
  EXPECT_EQ(runs, 0);
  actor->Wake();
  EXPECT_TRUE(Eventually([&] { return runs == 1; }));
}

TEST(SchedulerTest, NeverRunsAnActorTwiceAtOnceAndLosesNoWake) {
  constexpr int kActors = 8;
  constexpr int kWakers = 6;
  constexpr int kWakes = 5000;
  struct Account {
    std::shared_ptr<TestActor> actor;
    std::atomic<int> owed{0};  // Wakes that no run has seen yet.
    std::atomic<int> inside{0};
    std::atomic<int> seen{0};
    int unguarded = 0;  // Only Run() touches it: TSan would see two at once.
  };
  Scheduler& scheduler = NewScheduler(4);
  std::vector<std::unique_ptr<Account>> accounts;
  std::atomic<bool> overlapped{false};
  for (int i = 0; i < kActors; ++i) {
    Account& account = *accounts.emplace_back(std::make_unique<Account>());
    account.actor = NewActor(scheduler, [&account, &overlapped](TestActor&) {
      if (account.inside.fetch_add(1) != 0) overlapped = true;
      ++account.unguarded;
      account.seen += account.owed.exchange(0);
      account.inside.fetch_sub(1);
    });
  }
  std::vector<std::thread> wakers;
  for (int w = 0; w < kWakers; ++w) {
    wakers.emplace_back([&] {
      for (int i = 0; i < kWakes; ++i) {
        for (auto& account : accounts) {
          account->owed.fetch_add(1);
          account->actor->Wake();
        }
      }
    });
  }
  for (auto& waker : wakers) waker.join();
  for (auto& account : accounts) {
    EXPECT_TRUE(Eventually([&] { return account->seen == kWakers * kWakes; })) << account->seen;
  }
  EXPECT_FALSE(overlapped);
}

TEST(SchedulerTest, FoldsWakesDuringARunIntoOneMore) {
  std::atomic<int> runs{0};
  Gate started, go_on;
  auto actor = NewActor(NewScheduler(2), [&](TestActor&) {
    if (++runs == 1) {
      started.Open();
      go_on.Wait();
    }
  });
  actor->Wake();
  started.Wait();
  for (int i = 0; i < 100; ++i) actor->Wake();
  go_on.Open();
  EXPECT_TRUE(Eventually([&] { return runs == 2; }));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(runs, 2);
}

TEST(SchedulerTest, PublishesWhatWasWrittenBeforeAWake) {
  Scheduler& scheduler = NewScheduler(2);
  std::atomic<int> last{0};
  int plain = 0;  // Written here, read by the actor: the wake must order the two.
  for (int i = 1; i <= 1000; ++i) {
    plain = i;
    auto actor = NewActor(scheduler, [&](TestActor&) { last = plain; });
    actor->Wake();
    ASSERT_TRUE(Eventually([&] { return last == i; }));
  }
}

TEST(SchedulerTest, KeepsRunningOthersWhileOneActorRuns) {
  Gate go_on;
  std::atomic<int> others{0};
  Scheduler& scheduler = NewScheduler(2);
  auto slow = NewActor(scheduler, [&](TestActor&) { go_on.Wait(); });
  slow->Wake();
  auto fast = NewActor(scheduler, [&](TestActor&) { ++others; });
  for (int i = 1; i <= 10; ++i) {
    fast->Wake();
    EXPECT_TRUE(Eventually([&] { return others == i; }));
  }
  go_on.Open();
  EXPECT_TRUE(Eventually([&] { return slow.use_count() == 1; }));
}

TEST(SchedulerTest, RingsAnAlarmWhenItsTimeHasCome) {
  std::atomic<bool> rang{false};
  TimePoint due{}, at{};
  auto actor = NewActor(NewScheduler(1), [&](TestActor& self) {
    if (due == TimePoint{}) {
      due = Clock::now() + milliseconds(50);
      self.WakeAt(due);
    } else {
      at = Clock::now();
      rang = true;
    }
  });
  actor->Wake();
  EXPECT_TRUE(Eventually([&] { return rang.load(); }));
  EXPECT_GE(at, due);
}

TEST(SchedulerTest, AnEarlierAlarmWins) {
  std::atomic<int> runs{0};
  auto actor = NewActor(NewScheduler(2), [&](TestActor& self) {
    if (++runs > 1) return;
    self.WakeAt(Clock::now() + std::chrono::hours(1));
    self.WakeAt(Clock::now() + milliseconds(20));
    self.WakeAt(Clock::now() + std::chrono::hours(2));
  });
  actor->Wake();
  EXPECT_TRUE(Eventually([&] { return runs == 2; }));
}

TEST(SchedulerTest, ASleeperLearnsOfAnEarlierAlarmOfAnotherActor) {
  Scheduler& scheduler = NewScheduler(1);
  std::atomic<int> late_runs{0}, early_runs{0};
  auto late = NewActor(scheduler, [&](TestActor& self) {
    if (++late_runs == 1) self.WakeAt(Clock::now() + std::chrono::hours(1));
  });
  late->Wake();
  ASSERT_TRUE(Eventually([&] { return late_runs == 1; }));
  auto early = NewActor(scheduler, [&](TestActor& self) {
    if (++early_runs == 1) self.WakeAt(Clock::now() + milliseconds(20));
  });
  early->Wake();
  EXPECT_TRUE(Eventually([&] { return early_runs == 2; }));
  EXPECT_EQ(late_runs, 1);
}

TEST(SchedulerTest, ThreadsThatWaitForTheSameAlarmOutliveIt) {
  // One of them rings it, and frees it; ASan watches what the others do then.
  constexpr int kAlarms = 10;
  std::atomic<int> runs{0};
  auto actor = NewActor(NewScheduler(4), [&](TestActor& self) {
    if (++runs < kAlarms) self.WakeAt(Clock::now() + milliseconds(5));
  });
  actor->Wake();
  EXPECT_TRUE(Eventually([&] { return runs == kAlarms; })) << runs;
}

TEST(SchedulerTest, AnAlarmThatWasReplacedDoesNotRing) {
  std::atomic<int> runs{0};
  auto actor = NewActor(NewScheduler(1), [&](TestActor& self) {
    if (++runs > 1) return;
    self.WakeAt(Clock::now() + milliseconds(60));
    self.WakeAt(Clock::now() + milliseconds(20));
  });
  actor->Wake();
  ASSERT_TRUE(Eventually([&] { return runs == 2; }));
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(runs, 2);
}

TEST(SchedulerTest, AnAlarmCanBeSetAgainAndAgain) {
  std::atomic<int> runs{0};
  auto actor = NewActor(NewScheduler(2), [&](TestActor& self) {
    if (++runs < 50) self.WakeAt(Clock::now() + milliseconds(1));
  });
  actor->Wake();
  EXPECT_TRUE(Eventually([&] { return runs == 50; }));
}

TEST(SchedulerTest, SkipsTheAlarmOfAnActorThatIsGone) {
  Scheduler& scheduler = NewScheduler(1);
  std::atomic<int> runs{0};
  auto gone = NewActor(scheduler, [&](TestActor& self) {
    ++runs;
    self.WakeAt(Clock::now() + milliseconds(20));
  });
  gone->Wake();
  ASSERT_TRUE(Eventually([&] { return runs == 1 && gone.use_count() == 1; }));
  gone.reset();
  std::atomic<int> later{0};
  auto witness = NewActor(scheduler, [&](TestActor& self) {
    if (++later == 1) self.WakeAt(Clock::now() + milliseconds(60));
  });
  witness->Wake();
  EXPECT_TRUE(Eventually([&] { return later == 2; }));
  EXPECT_EQ(runs, 1);
}

TEST(SchedulerTest, AnActorMayBeDroppedWhileItWaitsToRun) {
  Scheduler& scheduler = NewScheduler(2);
  std::atomic<int> runs{0};
  for (int i = 0; i < 1000; ++i) {
    auto actor = NewActor(scheduler, [&](TestActor&) { ++runs; });
    actor->Wake();
  }
  EXPECT_TRUE(Eventually([&] { return runs == 1000; }));
}

/// An actor whose destructor is still called by those whom it told to: librdkafka's threads.
class WokenToTheEnd final : public Actor {
 public:
  explicit WokenToTheEnd(Scheduler& scheduler) : Actor(scheduler) {}
  ~WokenToTheEnd() override { Wake(); }

 private:
  void Run() override {}
};

TEST(SchedulerTest, AWakeDuringTheDestructorIsHarmless) {
  auto actor = std::make_shared<WokenToTheEnd>(NewScheduler(1));
  actor.reset();
}

TEST(SchedulerTest, AlarmsDoNotPileUp) {
  // Each round replaces a far alarm by a near one, as reads with short timeouts do.
  Scheduler& scheduler = NewScheduler(1);
  std::atomic<int> runs{0};
  auto actor = NewActor(scheduler, [&](TestActor& self) {
    ++runs;
    self.WakeAt(Clock::now() + std::chrono::hours(1));
    if (runs < 200) self.WakeAt(Clock::now() + std::chrono::microseconds(100));
  });
  actor->Wake();
  ASSERT_TRUE(Eventually([&] { return runs == 200; }));
  EXPECT_TRUE(Eventually([&] { return scheduler.alarms() == 1; })) << scheduler.alarms();
}

}  // namespace
}  // namespace sluice
