#include "kafka/consumer/fetched_records.h"

#include <algorithm>

namespace sluice {
namespace {

bool IsOf(const rd_kafka_message_t* message, const TopicPartition& partition) {
  return message->partition == partition.partition && message->rkt &&
         partition.topic == rd_kafka_topic_name(message->rkt);
}

}  // namespace

FetchedRecords::FetchedRecords(rd_kafka_t* rk, void (*on_arrival)(rd_kafka_t*, void*), void* opaque)
    : rk_(rk), queue_(rd_kafka_queue_new(rk)) {
  rd_kafka_queue_cb_event_enable(queue_.get(), on_arrival, opaque);
}

FetchedRecords::~FetchedRecords() {
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  DropAll();
}

void FetchedRecords::Attach(const TopicPartition& partition) {
  const QueueRef source(
      rd_kafka_queue_get_partition(rk_, partition.topic.c_str(), partition.partition));
  if (source) rd_kafka_queue_forward(source.get(), queue_.get());
}

rd_kafka_message_t* FetchedRecords::Peek() {
  if (is_batch_used_up()) {
    batch_.clear();
    next_ = 0;
    Append(kBatch);
    if (batch_.empty()) return nullptr;
  }
  return batch_[next_];
}

void FetchedRecords::TakeFew(size_t most) {
  if (rd_kafka_queue_length(queue_.get()) <= most) Peek();
}

void FetchedRecords::Refill() {
  const size_t left = batch_.size() - next_;
  if (left > 0 && left < kBatch) Take(kBatch - left);
}

MessageRef FetchedRecords::Pop() { return MessageRef(batch_[next_++]); }

void FetchedRecords::Take(size_t count) {
  const size_t waiting = rd_kafka_queue_length(queue_.get());
  if (waiting == 0) return;
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<ptrdiff_t>(next_));
  next_ = 0;
  Append(std::min(waiting, count));
}

void FetchedRecords::Append(size_t count) {
  const size_t had = batch_.size();
  batch_.resize(had + count);
  const ssize_t taken = rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data() + had, count);
  batch_.resize(had + (taken > 0 ? static_cast<size_t>(taken) : 0));
}

int64_t FetchedRecords::batch_bytes() const {
  int64_t bytes = 0;
  for (size_t i = next_; i < batch_.size(); ++i) {
    bytes += static_cast<int64_t>(batch_[i]->len + batch_[i]->key_len);
  }
  return bytes;
}

int64_t FetchedRecords::PositionOf(const TopicPartition& partition) const {
  for (size_t i = next_; i < batch_.size(); ++i) {
    const bool is_next = batch_[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR || IsRefusedFetch(batch_[i]);
    if (is_next && IsOf(batch_[i], partition)) return batch_[i]->offset;
  }
  const TplRef tpl = NewTpl(1);
  Add(tpl, partition);
  rd_kafka_position(rk_, tpl.get());
  return tpl->elems[0].offset;
}

void FetchedRecords::Drop(const TopicPartition& partition) {
  size_t kept = next_;
  for (size_t i = next_; i < batch_.size(); ++i) {
    rd_kafka_message_t* message = batch_[i];
    if (IsOf(message, partition)) {
      rd_kafka_message_destroy(message);
    } else {
      batch_[kept++] = message;
    }
  }
  batch_.resize(kept);
}

void FetchedRecords::DropAll() {
  while (!is_batch_used_up()) Pop();
  batch_.clear();
  next_ = 0;
}

}  // namespace sluice
