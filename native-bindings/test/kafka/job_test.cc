// Workers that do jobs, as threads that come and go.
#include "kafka/job.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {
namespace {

class CountingOutbox final : public Outbox {
 public:
  void Post(Message) override { count_.fetch_add(1); }
  int count() const { return count_.load(); }

 private:
  std::atomic<int> count_{0};
};

TEST(JobWorkersTest, AWorkerThatIsGoneIsNotFound) {
  JobWorkers workers;
  EXPECT_EQ(workers.Find(0), nullptr);
  auto outbox = std::make_shared<CountingOutbox>();
  workers.Add(2, 1, outbox);
  EXPECT_EQ(workers.Find(2), outbox);
  EXPECT_EQ(workers.Find(1), nullptr);
  EXPECT_EQ(workers.Find(3), nullptr);
  outbox.reset();
  EXPECT_EQ(workers.Find(2), nullptr);
  auto next = std::make_shared<CountingOutbox>();
  workers.Add(2, 2, next);
  EXPECT_EQ(workers.Find(2), next);
}

TEST(JobWorkersTest, AnotherStartIsNotTheOneThatIsMeant) {
  JobWorkers workers;
  EXPECT_EQ(workers.FindStart(0, 1), nullptr);
  auto first = std::make_shared<CountingOutbox>();
  workers.Add(0, 1, first);
  EXPECT_EQ(workers.FindStart(0, 1), first);
  EXPECT_EQ(workers.FindStart(0, 2), nullptr);
  auto second = std::make_shared<CountingOutbox>();
  workers.Add(0, 2, second);
  EXPECT_EQ(workers.FindStart(0, 1), nullptr);
  EXPECT_EQ(workers.FindStart(0, 2), second);
}

TEST(JobWorkersTest, TheTimeOfAThreadIsItsOwn) {
  JobWorkers workers;
  EXPECT_EQ(workers.ProcessorMicros(0), -1);
  auto outbox = std::make_shared<CountingOutbox>();
  workers.Add(1, 1, outbox);
  EXPECT_EQ(workers.ProcessorMicros(0), -1);
  const int64_t before = workers.ProcessorMicros(1);
  EXPECT_GE(before, 0);
  std::atomic<unsigned> sum{0};
  while (workers.ProcessorMicros(1) < before + 1000) sum.fetch_add(1);
  std::thread([&] { workers.Add(1, 1, outbox); }).join();
  // The thread has ended, and its clock with it.
  EXPECT_EQ(workers.ProcessorMicros(1), -1);
}

TEST(JobWorkersTest, IdsArePositiveNumbersOf32Bits) {
  JobWorkers workers(INT32_MAX - 1);
  EXPECT_EQ(workers.NewJobId(), static_cast<uint32_t>(INT32_MAX));
  EXPECT_EQ(workers.NewJobId(), 1u);
  EXPECT_EQ(workers.NewJobId(), 2u);
}

TEST(JobWorkersTest, IdsAreUniqueWhileWorkersComeAndGo) {
  JobWorkers workers;
  std::mutex mutex;
  std::set<uint32_t> ids;
  std::atomic<bool> is_over{false};
  std::thread worker([&] {
    uint32_t start = 0;
    while (!is_over.load()) {
      auto outbox = std::make_shared<CountingOutbox>();
      workers.Add(0, ++start, outbox);
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const uint32_t id = workers.NewJobId();
        if (const auto outbox = workers.Find(0)) outbox->Post({});
        workers.ProcessorMicros(0);
        std::lock_guard lock(mutex);
        ids.insert(id);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  is_over = true;
  worker.join();
  EXPECT_EQ(ids.size(), 6000u);
  EXPECT_EQ(ids.count(0), 0u);
}

}  // namespace
}  // namespace sluice
