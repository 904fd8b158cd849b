// Passes messages from native threads to one JavaScript environment; no other file does.
#ifndef SLUICE_NAPI_MAILBOX_H_
#define SLUICE_NAPI_MAILBOX_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "kafka/chunk_pool.h"
#include "kafka/job.h"
#include "kafka/outbox.h"
#include "napi/setup.h"

namespace sluice {

/// Lifetime rules:
///  1. The environment may end at any time; native threads hold the mailbox by shared_ptr and may
///     post for ever. Messages that are posted after Close() are dropped.
///  2. uv_async_t belongs to the environment's loop. It is signalled under the lock, so that it
///     cannot be closed in between, and closed on the loop only.
///  3. The mailbox keeps itself alive until libuv has let go of the handle.
///  4. `env` is touched on its own thread only, and not after Close().
class Mailbox final : public Outbox, public std::enable_shared_from_this<Mailbox> {
 public:
  /// Opens the mailbox of `env`. `drain(count, large)` is called with `count` messages laid out in
  /// `layout` (an Int32Array, kFields numbers a message) and their texts in `texts` (a
  /// Uint8Array), both overwritten by the next call; or with one message whose text is the
  /// ArrayBuffer `large`. Called on the JS thread.
  static std::shared_ptr<Mailbox> Open(napi_env env, napi_value layout, napi_value texts,
                                       napi_value drain);

  /// Drops its messages and lets go of `env`; then calls `done`. Called once, on the JS thread.
  void Close(void (*done)(void*), void* data);

  void Post(Message message) override;

  /// Keeps the event loop alive while there are answers to come. Called on the JS thread.
  void KeepAlive(bool keep);

  /// Gives a chunk, lent with its message, back to the pool. Called on the JS thread.
  void ReturnChunk(uint32_t index) { lent_.erase(index); }

  /// Holds a chunk that JavaScript fills. It goes back to the pool with the environment. Called on
  /// the JS thread.
  void KeepChunk(ChunkRef chunk);
  /// Lets go of a chunk; null when JavaScript does not have it. Called on the JS thread.
  ChunkRef TakeChunk(uint32_t index);

  /// A job that was delivered here and is not done; null when there is none. Called on the JS
  /// thread.
  Job* FindJob(uint32_t id);
  /// Forgets a job. Called on the JS thread.
  void EndJob(uint32_t id) { jobs_.erase(id); }

  /// Ticket, kind, code, count, offset of the text (or index of the chunk), length, records,
  /// milliseconds of throttling.
  static constexpr size_t kFields = 8;

 private:
  Mailbox() = default;

  static void OnSignal(uv_async_t* async);
  void Drain();
  size_t FillLayout(napi_value* large, size_t* chunk_bytes);
  void Call(size_t count, napi_value large);

  /// The most messages in a turn of the loop, so that many of them do not delay new requests.
  static constexpr size_t kMaxMessagesPerTurn = 1024;
  /// The most bytes of chunks in a turn. Writing a chunk to a socket copies it; the chunks of
  /// hundreds of reads that begin at once would take the loop a fifth of a second.
  static constexpr size_t kMaxChunkBytesPerTurn = size_t{2} << 20;
  /// The most log lines that wait. Further lines are dropped.
  static constexpr size_t kMaxWaitingLogs = 1000;

  std::mutex mutex_;  // Guards the following.
  bool closed_ = false;
  size_t waiting_logs_ = 0;
  std::vector<Message> incoming_;

  // The environment's own.
  napi_env env_ = nullptr;
  uv_async_t async_{};
  napi_ref drain_ = nullptr;
  napi_ref layout_ref_ = nullptr;
  napi_ref texts_ref_ = nullptr;
  int32_t* layout_ = nullptr;
  size_t layout_capacity_ = 0;  // In messages.
  char* texts_ = nullptr;
  size_t texts_capacity_ = 0;
  std::vector<Message> draining_;
  size_t drained_ = 0;
  std::unordered_map<uint32_t, ChunkRef> lent_;
  std::unordered_map<uint32_t, std::shared_ptr<Job>> jobs_;
  std::shared_ptr<Mailbox> self_;  // Rule 3.
  void (*closed_callback_)(void*) = nullptr;
  void* closed_data_ = nullptr;
};

}  // namespace sluice

#endif  // SLUICE_NAPI_MAILBOX_H_
