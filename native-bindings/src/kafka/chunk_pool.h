// The pieces of memory that read responses are rendered into.
#ifndef SLUICE_KAFKA_CHUNK_POOL_H_
#define SLUICE_KAFKA_CHUNK_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

namespace sluice {

class ChunkPool;

/// A piece of a response. It has one owner at a time: the read that fills it, the message that
/// carries it, the loop that writes it.
struct Chunk {
  /// Large enough that a system call a chunk costs nothing, small enough for the cache.
  static constexpr size_t kCapacity = 256 * 1024;

  char* data = nullptr;
  size_t size = 0;
  /// Whether it does not count for the limit of the pool.
  bool is_beyond_limit = false;
  /// Names the memory: JavaScript makes one ArrayBuffer for each and keeps it.
  uint32_t index = 0;
};

struct ChunkReturn {
  ChunkPool* pool;
  void operator()(Chunk* chunk) const;
};
/// Gives its chunk back to the pool when it goes. Safe to drop on any thread.
using ChunkRef = std::unique_ptr<Chunk, ChunkReturn>;

/// Woken when a chunk came back.
class ChunkWaiter {
 public:
  virtual ~ChunkWaiter() = default;
  /// Called on the thread that returned the chunk, without locks held.
  virtual void OnChunk() = 0;
};

/// Chunks for the whole process, bounded. The addresses stay mapped for good, because JavaScript
/// may hold an ArrayBuffer over them; the memory of idle ones goes back to the system. Safe from
/// any thread.
class ChunkPool {
 public:
  explicit ChunkPool(size_t max_chunks) : max_chunks_(max_chunks) {}
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  /// An empty chunk; or nullptr when all are in use, and then `waiter` is woken when one returns.
  ChunkRef Take(const std::weak_ptr<ChunkWaiter>& waiter);

  /// An empty chunk beyond the limit, for records that have chunks within it and take another form.
  /// nullptr when the system has no memory.
  ChunkRef TakeBeyondLimit();

  /// The memory of a chunk, null when there is none. It stays where it is for good.
  char* MemoryOf(uint32_t index) const;

  /// Bytes of chunks in use.
  int64_t used_bytes() const;
  int64_t max_bytes() const;
  void set_max_bytes(int64_t bytes);

 private:
  friend struct ChunkReturn;
  Chunk* Find(bool is_beyond_limit);
  void Return(Chunk* chunk);

  /// Each waiter once, even if it has requested chunks several times.
  using Waiters = std::set<std::weak_ptr<ChunkWaiter>, std::owner_less<>>;

  /// The number of idle chunks that keep their memory; the pages of further ones are released.
  static constexpr size_t kWarmChunks = 16;

  mutable std::mutex mutex_;  // Guards the following.
  size_t max_chunks_;
  size_t in_use_ = 0;        // Within the limit.
  size_t beyond_limit_ = 0;  // The others in use.
  std::vector<std::unique_ptr<Chunk>> all_;
  // Idle chunks: with their memory, which are taken first, and without.
  std::vector<Chunk*> warm_;
  std::vector<Chunk*> cold_;
  Waiters waiters_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CHUNK_POOL_H_
