// Threads for calls that block: they come on need, up to a bound, and go.
#include "kafka/blocking_pool.h"

#include <dirent.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/recording_outbox.h"

namespace sluice {
namespace {

/// Pools live as long as their threads, which nobody joins.
std::vector<BlockingPool*>& AllPools() {
  static auto* const all = new std::vector<BlockingPool*>();  // So that none counts as leaked.
  return *all;
}

BlockingPool& NewPool() { return *AllPools().emplace_back(new BlockingPool()); }

/// How many threads of this process have the pool's name.
int CountThreads() {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* task = readdir(tasks)) {
    FILE* file = fopen((std::string("/proc/self/task/") + task->d_name + "/comm").c_str(), "r");
    if (!file) continue;
    char name[32] = "";
    if (fgets(name, sizeof(name), file) && strcmp(name, "sluice-blocking\n") == 0) ++count;
    fclose(file);
  }
  closedir(tasks);
  return count;
}

/// Tasks that block until they are released.
class Blockers {
 public:
  void Start(BlockingPool& pool, int count) {
    for (int i = 0; i < count; ++i) {
      pool.Run([this] {
        ++running;
        released_.wait();
        ++ended;
      });
    }
  }
  void Release() { release_.set_value(); }

  std::atomic<int> running{0};
  std::atomic<int> ended{0};

 private:
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
};

TEST(BlockingPoolTest, TasksThatBlockDoNotHoldUpOthers) {
  BlockingPool& pool = NewPool();
  Blockers blockers;
  blockers.Start(pool, 20);
  EXPECT_TRUE(Eventually([&] { return blockers.running == 20; }));
  std::promise<void> done;
  pool.Run([&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
  blockers.Release();
  EXPECT_TRUE(Eventually([&] { return blockers.ended == 20; }));
}

TEST(BlockingPoolTest, RunsAllTasksWithABoundedNumberOfThreads) {
  BlockingPool& pool = NewPool();
  Blockers blockers;
  const int before = CountThreads();
  blockers.Start(pool, 100);
  EXPECT_TRUE(Eventually([&] { return blockers.running == 32; }));
  EXPECT_LE(CountThreads() - before, 32);
  blockers.Release();
  EXPECT_TRUE(Eventually([&] { return blockers.ended == 100; }));
}

TEST(BlockingPoolTest, AnIdleThreadIsUsedAgain) {
  BlockingPool& pool = NewPool();
  const int before = CountThreads();
  for (int i = 0; i < 50; ++i) {
    std::promise<void> done;
    pool.Run([&] { done.set_value(); });
    done.get_future().wait();
    // The thread is idle a moment after its task is done.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_LE(CountThreads() - before, 3);
}

TEST(BlockingPoolTest, AllIdleThreadsEndButOne) {
  BlockingPool& pool = NewPool();
  Blockers blockers;
  blockers.Start(pool, 8);
  ASSERT_TRUE(Eventually([&] { return blockers.running == 8; }));
  blockers.Release();
  const int stay = static_cast<int>(AllPools().size());
  EXPECT_TRUE(Eventually([&] { return CountThreads() <= stay; }));
  // And come again.
  std::promise<void> done;
  pool.Run([&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
}

TEST(BlockingPoolTest, AThreadThatIsStuckIsReplaced) {
  BlockingPool& pool = NewPool();
  Blockers blockers;
  blockers.Start(pool, 32);
  ASSERT_TRUE(Eventually([&] { return blockers.running == 32; }));
  std::promise<void> done;
  pool.Run([&] { done.set_value(); });
  pool.OnStuck();
  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
  blockers.Release();
  EXPECT_TRUE(Eventually([&] { return blockers.ended == 32; }));
}

TEST(BlockingPoolTest, WhatATaskHoldsGoesWithoutTheLock) {
  // Its destruction may want to run another task.
  BlockingPool& pool = NewPool();
  std::promise<void> done;
  std::shared_ptr<void> heavy(nullptr, [&](void*) { pool.Run([&] { done.set_value(); }); });
  pool.Run([heavy = std::move(heavy)] {});
  EXPECT_EQ(done.get_future().wait_for(kPatience), std::future_status::ready);
}

}  // namespace
}  // namespace sluice
