#include "kafka/chunk_pool.h"

#include <sys/mman.h>

#include <utility>

namespace sluice {

void ChunkReturn::operator()(Chunk* chunk) const { pool->Return(chunk); }

ChunkRef ChunkPool::Take(const std::weak_ptr<ChunkWaiter>& waiter) {
  std::lock_guard lock(mutex_);
  Chunk* chunk = in_use_ < max_chunks_ ? Find(false) : nullptr;
  if (!chunk) waiters_.insert(waiter);
  return ChunkRef(chunk, {this});
}

ChunkRef ChunkPool::TakeBeyondLimit() {
  std::lock_guard lock(mutex_);
  return ChunkRef(Find(true), {this});
}

/// The lock is held. nullptr when the system has no memory.
Chunk* ChunkPool::Find(bool is_beyond_limit) {
  if (warm_.empty() && cold_.empty()) {
    void* memory =
        mmap(nullptr, Chunk::kCapacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    auto chunk = std::make_unique<Chunk>();
    chunk->data = static_cast<char*>(memory);
    chunk->index = static_cast<uint32_t>(all_.size());
    cold_.push_back(chunk.get());
    all_.push_back(std::move(chunk));
  }
  auto& idle = warm_.empty() ? cold_ : warm_;
  Chunk* chunk = idle.back();
  idle.pop_back();
  ++(is_beyond_limit ? beyond_limit_ : in_use_);
  chunk->is_beyond_limit = is_beyond_limit;
  chunk->size = 0;
  return chunk;
}

void ChunkPool::Return(Chunk* chunk) {
  Waiters waiters;
  {
    std::lock_guard lock(mutex_);
    if (warm_.size() < kWarmChunks) {
      warm_.push_back(chunk);
    } else {
      madvise(chunk->data, Chunk::kCapacity, MADV_DONTNEED);
      cold_.push_back(chunk);
    }
    --(chunk->is_beyond_limit ? beyond_limit_ : in_use_);
    waiters.swap(waiters_);
  }
  for (const auto& waiter : waiters) {
    if (auto awake = waiter.lock()) awake->OnChunk();
  }
}

char* ChunkPool::MemoryOf(uint32_t index) const {
  std::lock_guard lock(mutex_);
  return index < all_.size() ? all_[index]->data : nullptr;
}

int64_t ChunkPool::used_bytes() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>((in_use_ + beyond_limit_) * Chunk::kCapacity);
}

int64_t ChunkPool::max_bytes() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(max_chunks_ * Chunk::kCapacity);
}

void ChunkPool::set_max_bytes(int64_t bytes) {
  std::lock_guard lock(mutex_);
  max_chunks_ = static_cast<size_t>(bytes) / Chunk::kCapacity;
}

}  // namespace sluice
