#include "kafka/consumer/read.h"

#include <utility>

#include "kafka/engine.h"

namespace sluice {
namespace {

/// RecordWriter::Continue() wants at least this much room.
constexpr size_t kMinRoom = 64;

int64_t SizeOf(const rd_kafka_message_t* message) {
  return static_cast<int64_t>(message->key_len + message->len);
}

std::string Where(std::string_view topic, const rd_kafka_message_t* message) {
  return std::string(topic) + '-' + std::to_string(message->partition) + " at offset " +
         std::to_string(message->offset);
}

}  // namespace

Read::Read(ReplyTo reply_to, const ReadLimits& limits, TimePoint arrived, Format format,
           bool return_oversized, std::weak_ptr<ChunkWaiter> waiter)
    : reply_to_(std::move(reply_to)),
      limits_(limits),
      return_oversized_(return_oversized),
      waiter_(std::move(waiter)),
      arrived_(arrived),
      deadline_(arrived + std::chrono::milliseconds(limits.timeout_ms)),
      writer_({format, limits.headers, limits.timestamp}) {}

Read::Outcome Read::Offer(MessageRef& message) {
  const int64_t size = SizeOf(message.get());
  const ConsumedRecord record = View(message.get());
  if (bytes_ + size >= limits_.max_bytes) {
    if (!is_empty()) return Outcome::kFull;
    if (!return_oversized_) {
      fault_ = "The record " + Where(topic_, message.get()) + " has " + std::to_string(size) +
               " bytes; this read may return fewer than " + std::to_string(limits_.max_bytes) +
               " (the smaller of max_bytes and consumer.request.max.bytes). Raise the limit or "
               "seek past the record.";
      return Outcome::kOversized;
    }
  }
  if (!HasRoom()) return Outcome::kNoChunk;
  // One byte before it for "[" or ",", one after it for "]".
  if (chunk_->size + 2 < Chunk::kCapacity) {
    size_t written = 0;
    switch (writer_.Write(record, chunk_->data + chunk_->size + 1,
                          Chunk::kCapacity - chunk_->size - 2, &written, &fault_)) {
      case RecordWriter::Outcome::kWritten:
        WriteSeparator();
        chunk_->size += written;
        CountIn(message.get(), size);
        message.reset();
        return Outcome::kTaken;
      case RecordWriter::Outcome::kUndecodable:
        fault_ = "The record " + Where(topic_, message.get()) + " cannot be read: " + fault_;
        return Outcome::kUndecodable;
      case RecordWriter::Outcome::kNoRoom:
        break;
    }
  }
  if (chunk_->size == 0) return Begin(message, record, size);
  Flush();
  return Offer(message);
}

Read::Outcome Read::Begin(MessageRef& message, const ConsumedRecord& record, int64_t size) {
  if (writer_.Begin(record, &fault_) == RecordWriter::Outcome::kUndecodable) {
    fault_ = "The record " + Where(topic_, message.get()) + " cannot be read: " + fault_;
    return Outcome::kUndecodable;
  }
  WriteSeparator();
  CountIn(message.get(), size);
  partial_ = std::move(message);
  ContinueRecord();
  return Outcome::kTaken;
}

bool Read::ContinueRecord() {
  while (HasRoom()) {
    const size_t room = Chunk::kCapacity - chunk_->size - 1;
    if (room >= kMinRoom) {
      size_t written = 0;
      const bool complete = writer_.Continue(chunk_->data + chunk_->size, room, &written);
      chunk_->size += written;
      if (complete) {
        partial_.reset();
        return true;
      }
    }
    Flush();
  }
  return false;
}

void Read::Flush() {
  if (chunk_ && chunk_->size > 0) Send(false);
}

bool Read::Finish() {
  if (is_empty()) {
    phase_ = Phase::kFinished;
    chunk_.reset();
    reply_to_.Reply("[]");
    return true;
  }
  if (!HasRoom()) return false;
  chunk_->data[chunk_->size++] = ']';
  phase_ = Phase::kFinished;
  Send(true);
  return true;
}

void Read::Forget(const TopicPartition& partition) {
  std::erase_if(ranges_, [&](const Range& range) { return range.partition == partition; });
}

void Read::Revoke(const TopicPartition& partition) {
  for (const Range& range : ranges_) {
    if (range.partition == partition) revoked_.push_back(range);
  }
  Forget(partition);
}

bool Read::HasRoom() {
  if (chunk_) return true;
  if (chunks_out_ >= kMaxChunks) return false;
  chunk_ = Engine::Get().chunks().Take(waiter_);
  return chunk_ != nullptr;
}

void Read::WriteSeparator() {
  chunk_->data[chunk_->size++] = opened_ ? ',' : '[';
  opened_ = true;
}

void Read::Send(bool last) {
  ++chunks_out_;
  if (!std::exchange(has_sent_, true)) {
    Engine::Get().read_first_bytes().Observe(Clock::now() - could_begin_at_);
  }
  EngineCounters& counters = Engine::Get().counters();
  const int64_t records = std::exchange(uncounted_records_, 0);
  counters.consumed_records.fetch_add(records, std::memory_order_relaxed);
  counters.consumed_bytes.fetch_add(std::exchange(uncounted_bytes_, 0), std::memory_order_relaxed);
  reply_to_.outbox->Post({reply_to_.ticket,
                          MessageKind::kChunk,
                          last ? 1 : 0,
                          0,
                          {},
                          std::move(chunk_),
                          static_cast<int32_t>(records),
                          0});
}

ConsumedRecord Read::View(const rd_kafka_message_t* message) {
  // Between two reads of a partition its handle may have become that of another topic.
  if (is_empty() || message->rkt != topic_handle_) {
    topic_handle_ = message->rkt;
    topic_ = rd_kafka_topic_name(message->rkt);
  }
  ConsumedRecord record;
  record.topic = topic_;
  record.partition = message->partition;
  record.offset = message->offset;
  record.key = {static_cast<const char*>(message->key), message->key_len};
  record.value = {static_cast<const char*>(message->payload), message->len};
  if (limits_.timestamp) {
    rd_kafka_timestamp_type_t type;
    record.timestamp_ms = rd_kafka_message_timestamp(message, &type);
  }
  if (limits_.headers) {
    ViewHeaders(message);
    record.headers = headers_.data();
    record.header_count = headers_.size();
  }
  return record;
}

void Read::ViewHeaders(const rd_kafka_message_t* message) {
  headers_.clear();
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    headers_.push_back(
        {{name, std::char_traits<char>::length(name)}, {static_cast<const char*>(value), size}});
  }
}

void Read::CountIn(const rd_kafka_message_t* message, int64_t size) {
  bytes_ += size;
  ++uncounted_records_;
  uncounted_bytes_ += size;
  const auto is_of = [&](const Range& range) {
    return range.partition.partition == message->partition && range.partition.topic == topic_;
  };
  if (range_ >= ranges_.size() || !is_of(ranges_[range_])) {
    for (range_ = 0; range_ < ranges_.size() && !is_of(ranges_[range_]);) ++range_;
    if (range_ == ranges_.size()) {
      ranges_.push_back({{std::string(topic_), message->partition}, message->offset, 0});
    }
  }
  ranges_[range_].next = message->offset + 1;
}

}  // namespace sluice
