// The memory of read responses: its bound, its waiters, its return to the system.
#include "kafka/chunk_pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace sluice {
namespace {

class CountingWaiter final : public ChunkWaiter {
 public:
  void OnChunk() override { ++wakes; }
  std::atomic<int> wakes{0};
};

const std::weak_ptr<ChunkWaiter> kNobody;

/// How many bytes of a chunk's memory are in RAM.
size_t ResidentBytes(char* memory) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages(Chunk::kCapacity / page);
  EXPECT_EQ(mincore(memory, Chunk::kCapacity, pages.data()), 0);
  size_t resident = 0;
  for (const unsigned char each : pages) resident += (each & 1) != 0 ? page : 0;
  return resident;
}

std::vector<ChunkRef> TakeAndFill(ChunkPool& pool, size_t count) {
  std::vector<ChunkRef> chunks;
  for (size_t i = 0; i < count; ++i) {
    chunks.push_back(pool.Take(kNobody));
    memset(chunks.back()->data, 'x', Chunk::kCapacity);
  }
  return chunks;
}

TEST(ChunkPoolTest, GivesNoMoreChunksThanItsBound) {
  ChunkPool pool(3);
  std::vector<ChunkRef> chunks;
  for (int i = 0; i < 3; ++i) chunks.push_back(pool.Take(kNobody));
  for (const auto& chunk : chunks) EXPECT_NE(chunk, nullptr);
  EXPECT_EQ(pool.Take(kNobody), nullptr);
  EXPECT_EQ(pool.used_bytes(), static_cast<int64_t>(3 * Chunk::kCapacity));
  chunks.pop_back();
  EXPECT_EQ(pool.used_bytes(), static_cast<int64_t>(2 * Chunk::kCapacity));
  EXPECT_NE(pool.Take(kNobody), nullptr);
}

TEST(ChunkPoolTest, AChunkIsEmptyWhenItIsTaken) {
  ChunkPool pool(1);
  for (int i = 0; i < 3; ++i) {
    ChunkRef chunk = pool.Take(kNobody);
    EXPECT_EQ(chunk->size, 0u);
    chunk->size = 77;
  }
}

TEST(ChunkPoolTest, TheBoundCanBeRaisedAndLowered) {
  ChunkPool pool(1);
  ChunkRef first = pool.Take(kNobody);
  pool.set_max_bytes(2 * Chunk::kCapacity);
  ChunkRef second = pool.Take(kNobody);
  EXPECT_NE(second, nullptr);
  pool.set_max_bytes(Chunk::kCapacity);
  EXPECT_EQ(pool.max_bytes(), static_cast<int64_t>(Chunk::kCapacity));
  second.reset();
  EXPECT_EQ(pool.Take(kNobody), nullptr);
  first.reset();
  EXPECT_NE(pool.Take(kNobody), nullptr);
}

TEST(ChunkPoolTest, WakesAllWaitersWhenAChunkReturns) {
  ChunkPool pool(1);
  ChunkRef chunk = pool.Take(kNobody);
  auto first = std::make_shared<CountingWaiter>();
  auto second = std::make_shared<CountingWaiter>();
  EXPECT_EQ(pool.Take(first), nullptr);
  EXPECT_EQ(pool.Take(second), nullptr);
  EXPECT_EQ(first->wakes + second->wakes, 0);
  chunk.reset();
  EXPECT_EQ(first->wakes, 1);
  EXPECT_EQ(second->wakes, 1);
  // Once: who still waits asks again.
  pool.Take(kNobody).reset();
  EXPECT_EQ(first->wakes, 1);
}

TEST(ChunkPoolTest, AWaiterThatAsksAgainIsWokenOnce) {
  ChunkPool pool(1);
  ChunkRef chunk = pool.Take(kNobody);
  auto waiter = std::make_shared<CountingWaiter>();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.Take(waiter), nullptr);
  chunk.reset();
  EXPECT_EQ(waiter->wakes, 1);
}

TEST(ChunkPoolTest, AWaiterThatIsGoneIsNotWoken) {
  ChunkPool pool(1);
  ChunkRef chunk = pool.Take(kNobody);
  auto waiter = std::make_shared<CountingWaiter>();
  EXPECT_EQ(pool.Take(waiter), nullptr);
  waiter.reset();
  chunk.reset();
  EXPECT_NE(pool.Take(kNobody), nullptr);
}

TEST(ChunkPoolTest, AnIndexNamesTheSameMemoryForGood) {
  ChunkPool pool(40);
  std::map<uint32_t, char*> memory;
  for (int round = 0; round < 3; ++round) {
    auto chunks = TakeAndFill(pool, 40);
    std::set<uint32_t> indices;
    for (const auto& chunk : chunks) {
      indices.insert(chunk->index);
      const auto [known, is_new] = memory.emplace(chunk->index, chunk->data);
      EXPECT_EQ(known->second, chunk->data);
      EXPECT_EQ(pool.MemoryOf(chunk->index), chunk->data);
    }
    EXPECT_EQ(indices.size(), 40u);
  }
  EXPECT_EQ(memory.size(), 40u);
  // All addresses stay valid, also of idle chunks: JavaScript may look at them.
  for (const auto& [index, data] : memory) data[Chunk::kCapacity - 1] = 'y';
}

TEST(ChunkPoolTest, TheMemoryOfIdleChunksGoesBackToTheSystem) {
  ChunkPool pool(100);
  auto chunks = TakeAndFill(pool, 100);
  std::vector<char*> memory;
  for (const auto& chunk : chunks) memory.push_back(chunk->data);
  chunks.clear();
  size_t resident = 0;
  for (char* each : memory) resident += ResidentBytes(each);
  EXPECT_LE(resident, 16 * Chunk::kCapacity);
}

TEST(ChunkPoolTest, AChunkInSteadyUseKeepsItsMemoryAlsoAfterABurst) {
  ChunkPool pool(100);
  TakeAndFill(pool, 100).clear();
  pool.Take(kNobody).reset();
  ChunkRef chunk = pool.Take(kNobody);
  EXPECT_EQ(ResidentBytes(chunk->data), Chunk::kCapacity) << "It must be faulted in each time.";
}

TEST(ChunkPoolTest, HoldsItsBoundBetweenThreads) {
  constexpr int kThreads = 6;
  constexpr size_t kChunks = 4;
  ChunkPool pool(kChunks);
  std::atomic<int> out{0};
  std::atomic<bool> exceeded{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      auto waiter = std::make_shared<CountingWaiter>();
      for (int taken = 0; taken < 2000;) {
        ChunkRef chunk = pool.Take(waiter);
        if (!chunk) {
          std::this_thread::yield();
          continue;
        }
        ++taken;
        if (out.fetch_add(1) >= static_cast<int>(kChunks)) exceeded = true;
        chunk->data[0] = 'x';  // TSan would see two owners.
        out.fetch_sub(1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(pool.used_bytes(), 0);
}

TEST(ChunkPoolTest, WhoeverFindsNoChunkIsWokenWhenOneReturns) {
  // The waiter must not miss a chunk that returns between its question and its wait.
  ChunkPool pool(1);
  for (int i = 0; i < 2000; ++i) {
    ChunkRef chunk = pool.Take(kNobody);
    auto waiter = std::make_shared<CountingWaiter>();
    std::thread returner([&] { chunk.reset(); });
    const bool found = pool.Take(waiter) != nullptr;
    returner.join();
    EXPECT_TRUE(found || waiter->wakes == 1) << i;
  }
}

TEST(ChunkPoolTest, ChunksBeyondTheLimitLeaveItToOthers) {
  ChunkPool pool(1);
  ChunkRef within = pool.Take(kNobody);
  ASSERT_TRUE(within);
  EXPECT_FALSE(pool.Take(kNobody));
  ChunkRef beyond = pool.TakeBeyondLimit();
  ASSERT_TRUE(beyond);
  EXPECT_NE(beyond->index, within->index);
  EXPECT_EQ(pool.used_bytes(), 2 * static_cast<int64_t>(Chunk::kCapacity));
  within.reset();
  EXPECT_TRUE(pool.Take(kNobody));
  beyond.reset();
  EXPECT_EQ(pool.used_bytes(), 0);
  EXPECT_TRUE(pool.Take(kNobody)) << "the same memory, within the limit";
}

}  // namespace
}  // namespace sluice
