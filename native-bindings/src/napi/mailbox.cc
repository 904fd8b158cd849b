#include "napi/mailbox.h"

#include <cstring>
#include <utility>

namespace sluice {

std::shared_ptr<Mailbox> Mailbox::Open(napi_env env, napi_value layout, napi_value texts,
                                       napi_value drain) {
  std::shared_ptr<Mailbox> mailbox(new Mailbox());
  mailbox->env_ = env;
  napi_create_reference(env, drain, 1, &mailbox->drain_);
  napi_create_reference(env, layout, 1, &mailbox->layout_ref_);
  napi_create_reference(env, texts, 1, &mailbox->texts_ref_);
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, layout, nullptr, &length, &data, nullptr, nullptr);
  mailbox->layout_ = static_cast<int32_t*>(data);
  mailbox->layout_capacity_ = length / kFields;
  napi_get_typedarray_info(env, texts, nullptr, &length, &data, nullptr, nullptr);
  mailbox->texts_ = static_cast<char*>(data);
  mailbox->texts_capacity_ = length;
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  uv_async_init(loop, &mailbox->async_, OnSignal);
  mailbox->async_.data = mailbox.get();
  uv_unref(reinterpret_cast<uv_handle_t*>(&mailbox->async_));
  mailbox->self_ = mailbox;
  return mailbox;
}

void Mailbox::Close(void (*done)(void*), void* data) {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    incoming_.clear();
  }
  draining_.clear();
  lent_.clear();
  jobs_.clear();
  napi_delete_reference(env_, drain_);
  napi_delete_reference(env_, layout_ref_);
  napi_delete_reference(env_, texts_ref_);
  closed_callback_ = done;
  closed_data_ = data;
  uv_close(reinterpret_cast<uv_handle_t*>(&async_), [](uv_handle_t* handle) {
    auto* mailbox = static_cast<Mailbox*>(handle->data);
    mailbox->closed_callback_(mailbox->closed_data_);
    mailbox->self_.reset();
  });
}

void Mailbox::Post(Message message) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  if (message.kind == MessageKind::kLog && ++waiting_logs_ > kMaxWaitingLogs) return;
  incoming_.push_back(std::move(message));
  if (incoming_.size() == 1) uv_async_send(&async_);  // Rule 2.
}

void Mailbox::KeepAlive(bool keep) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&async_);
  if (keep) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
}

void Mailbox::KeepChunk(ChunkRef chunk) {
  const uint32_t index = chunk->index;
  lent_[index] = std::move(chunk);
}

ChunkRef Mailbox::TakeChunk(uint32_t index) {
  auto found = lent_.extract(index);
  return found ? std::move(found.mapped()) : ChunkRef(nullptr, {nullptr});
}

Job* Mailbox::FindJob(uint32_t id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second.get();
}

void Mailbox::OnSignal(uv_async_t* async) { static_cast<Mailbox*>(async->data)->Drain(); }

void Mailbox::Drain() {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  const auto keep = self_;  // The callback may end the environment.
  size_t chunk_bytes = 0;
  for (size_t turn = 0;;) {
    if (turn >= kMaxMessagesPerTurn || chunk_bytes >= kMaxChunkBytesPerTurn) {
      // Also when draining_ is empty: the signal of messages in incoming_ may be the one that
      // called this function, because libuv merges signals that wait.
      uv_async_send(&async_);
      break;
    }
    if (drained_ == draining_.size()) {
      draining_.clear();
      drained_ = 0;
      std::lock_guard lock(mutex_);
      draining_.swap(incoming_);
      waiting_logs_ = 0;
    }
    if (draining_.empty()) break;
    napi_value large = nullptr;
    const size_t count = FillLayout(&large, &chunk_bytes);
    if (count == 0) break;
    turn += count;
    Call(count, large);
    if (closed_) break;
  }
  napi_close_handle_scope(env_, scope);
}

/// Lays out as many messages as there is room for, and of chunks as many bytes as a turn may have,
/// to which it adds those. Returns the number of messages: at least one, unless the environment
/// ends.
size_t Mailbox::FillLayout(napi_value* large, size_t* chunk_bytes) {
  size_t count = 0;
  size_t used = 0;
  for (; drained_ < draining_.size() && count < layout_capacity_ &&
         *chunk_bytes < kMaxChunkBytesPerTurn;
       ++drained_, ++count) {
    Message& message = draining_[drained_];
    size_t offset = used;
    size_t length = message.text.size();
    if (message.chunk) {
      *chunk_bytes += message.chunk->size;
      offset = message.chunk->index;
      length = message.chunk->size;
      lent_[message.chunk->index] = std::move(message.chunk);
    } else if (length > texts_capacity_ - used) {
      if (count > 0) return count;
      void* data = nullptr;
      // An environment that ends, perhaps by an error of the last call, makes no objects any more.
      if (napi_create_arraybuffer(env_, length, &data, large) != napi_ok) return 0;
      memcpy(data, message.text.data(), length);
      offset = 0;
    } else {
      memcpy(texts_ + used, message.text.data(), length);
      used += length;
    }
    int32_t* fields = layout_ + count * kFields;
    fields[0] = static_cast<int32_t>(message.ticket);
    fields[1] = static_cast<int32_t>(message.kind);
    fields[2] = message.code;
    fields[3] = message.count;
    fields[4] = static_cast<int32_t>(offset);
    fields[5] = static_cast<int32_t>(length);
    fields[6] = message.records;
    fields[7] = message.throttle_ms;
    message.text = {};
    if (message.job) jobs_[message.ticket] = std::move(message.job);
    if (*large) {
      ++drained_;
      return 1;
    }
  }
  return count;
}

void Mailbox::Call(size_t count, napi_value large) {
  napi_value drain = nullptr;
  napi_value global = nullptr;
  napi_value arguments[2];
  napi_get_reference_value(env_, drain_, &drain);
  napi_get_global(env_, &global);
  napi_create_uint32(env_, static_cast<uint32_t>(count), &arguments[0]);
  if (large) {
    arguments[1] = large;
  } else {
    napi_get_undefined(env_, &arguments[1]);
  }
  const napi_status status =
      napi_make_callback(env_, nullptr, global, drain, 2, arguments, nullptr);
  if (status != napi_pending_exception) return;
  napi_value exception = nullptr;
  napi_get_and_clear_last_exception(env_, &exception);
  napi_fatal_exception(env_, exception);
}

}  // namespace sluice
