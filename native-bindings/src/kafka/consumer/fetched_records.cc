#include "kafka/consumer/fetched_records.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "kafka/engine.h"

namespace sluice {
namespace {

/// The time without a read after which the partitions of fetched records are paused.
constexpr std::chrono::seconds kPauseAfter{1};
/// Records that a paused instance keeps for its next read. A fetched record costs 300 bytes
/// besides its own, and librdkafka takes all of a batch, which may have 10 000 and more.
constexpr size_t kRecordsKept = 2048;

bool IsOf(const rd_kafka_message_t* message, const TopicPartition& partition) {
  return message->partition == partition.partition && message->rkt &&
         partition.topic == rd_kafka_topic_name(message->rkt);
}

}  // namespace

FetchedRecords::FetchedRecords(rd_kafka_t* rk, Actor& actor)
    : rk_(rk), actor_(actor), queue_(rd_kafka_queue_new(rk)) {
  rd_kafka_queue_cb_event_enable(queue_.get(), OnArrival, this);
}

void FetchedRecords::OnArrival(rd_kafka_t* rk, void* self) {
  auto* records = static_cast<FetchedRecords*>(self);
  records->arrived_at_.store(Clock::now(), std::memory_order_relaxed);
  records->actor_.Wake();
}

FetchedRecords::~FetchedRecords() {
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  DropAll();
  SetGauge(0);
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

void FetchedRecords::OnStatistics(std::string_view json) {
  // All partitions share one queue, so that each of them reports the size of the whole.
  constexpr std::string_view kKey = "\"fetchq_size\":";
  int64_t bytes = 0;
  for (size_t at = 0; (at = json.find(kKey, at)) != std::string_view::npos;) {
    at += kKey.size();
    bytes = std::max<int64_t>(bytes, strtoll(json.data() + at, nullptr, 10));
  }
  SetGauge(bytes + batch_bytes());
}

void FetchedRecords::SetGauge(int64_t bytes) {
  Engine::Get().counters().prefetched_bytes.fetch_add(bytes - std::exchange(gauge_, bytes),
                                                      std::memory_order_relaxed);
}

void FetchedRecords::PauseUnread(const Positions& positions, TimePoint now) {
  const bool has_taken = std::exchange(has_taken_, false);
  // The rest of the last batch keeps them paused: fetched records would add to it.
  if (is_batch_used_up()) Resume();
  if (is_empty()) {
    unread_ = Unread::kNone;
    return;
  }
  if (has_taken || unread_ == Unread::kNone) unread_since_ = now;
  if (unread_ == Unread::kNone) unread_ = Unread::kWaiting;
  if (unread_ == Unread::kWaiting && now - unread_since_ >= kPauseAfter) Pause(positions);
  // The records that librdkafka still had when it paused are outdated; taking one removes them.
  if (unread_ == Unread::kPaused) Take(1);
}

void FetchedRecords::Pause(const Positions& positions) {
  // Pausing makes librdkafka drop its queue, and go on after the last record taken from it.
  Take(kRecordsKept);
  if (is_batch_used_up()) return;  // The queue held only librdkafka's control operations.
  paused_ = positions.List();
  rd_kafka_pause_partitions(rk_, paused_.get());
  unread_ = Unread::kPaused;
}

void FetchedRecords::Resume() {
  if (unread_ != Unread::kPaused) return;
  unread_ = Unread::kWaiting;
  rd_kafka_resume_partitions(rk_, paused_.get());
}

TimePoint FetchedRecords::NextAlarm() const {
  return unread_ == Unread::kWaiting ? unread_since_ + kPauseAfter : TimePoint::max();
}

}  // namespace sluice
