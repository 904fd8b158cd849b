#include "kafka/record_batch.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/engine.h"
#include "kafka/topic_name.h"

namespace sluice {
namespace {

/// Threads keep their arrays between requests, but not those of a rare huge one.
constexpr size_t kKeptRecords = 10'000;

/// The approximate size of a record in a batch besides its bytes.
constexpr int64_t kRecordFraming = 8;

/// librdkafka takes no const pointers, and writes through none of them.
void* Mutable(const char* data) { return const_cast<char*>(data); }

constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kTracestate = "tracestate";

void AddHeader(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
  rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                      static_cast<ssize_t>(value.size()));
}

/// Whether the topic does not exist, or may not be written to.
bool IsOfTopic(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION ||
         error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
}

/// The beginning of a topic's name in the errors of records: a request of thousands of records may
/// be for a topic whose name has thousands of bytes.
std::string_view Shown(std::string_view topic) {
  size_t size = std::min<size_t>(topic.size(), 300);
  // A text is not cut within a character.
  while (size < topic.size() && size > 0 && (topic[size] & 0xC0) == 0x80) --size;
  return topic.substr(0, size);
}

}  // namespace

uint32_t RecordBatch::HandOver(const ProduceRequest& request) {
  count_ = static_cast<uint32_t>(request.records.size());
  slots_ = std::make_unique_for_overwrite<Slot[]>(count_);
  bool plain = request.headers.empty() && trace_.traceparent.empty();
  int64_t payload_bytes = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    const ProduceRecord& record = request.records[i];
    const auto bytes = static_cast<int64_t>(record.key.size + record.value.size);
    slots_[i] = {this, -1, -1, bytes, -1, kInFlight};
    payload_bytes += bytes;
    plain = plain && record.timestamp_ms == kNoTimestamp;
  }
  mean_record_bytes_ = payload_bytes / std::max(count_, 1u) + kRecordFraming;
  Engine::Get().counters().inflight_records.fetch_add(count_, std::memory_order_relaxed);
  if (IsTopicName(topic_)) handle_ = client_->Topic(topic_);
  if (handle_) return plain ? HandOverPlain(request) : HandOverWithHeaders(request);
  for (uint32_t i = 0; i < count_; ++i) slots_[i].Settle(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
  return count_;
}

uint32_t RecordBatch::HandOverPlain(const ProduceRequest& request) {
  static thread_local std::vector<rd_kafka_message_t> messages;
  messages.resize(count_);
  for (uint32_t i = 0; i < count_; ++i) {
    const ProduceRecord& record = request.records[i];
    rd_kafka_message_t& message = messages[i];
    message.err = RD_KAFKA_RESP_ERR_NO_ERROR;
    message.partition = PartitionOf(record);
    message.payload = Mutable(record.value.data);
    message.len = record.value.size;
    message.key = Mutable(record.key.data);
    message.key_len = record.key.size;
    message._private = &slots_[i];
  }
  // One call for all partitions: the patched librdkafka takes each partition's lock once.
  const int accepted =
      rd_kafka_produce_batch(handle_->handle.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_PARTITION,
                             messages.data(), static_cast<int>(count_));
  const uint32_t refused = count_ - static_cast<uint32_t>(accepted);
  for (uint32_t i = 0, left = refused; left > 0; ++i) {
    if (messages[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    Refuse(i, messages[i].err, request.records[i]);
    --left;
  }
  if (messages.capacity() > kKeptRecords) messages = {};
  return refused;
}

uint32_t RecordBatch::HandOverWithHeaders(const ProduceRequest& request) {
  uint32_t refused = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    const ProduceRecord& record = request.records[i];
    rd_kafka_headers_t* headers = HeadersOf(request, record);
    rd_kafka_vu_t fields[7];
    fields[0].vtype = RD_KAFKA_VTYPE_RKT;
    fields[0].u.rkt = handle_->handle.get();
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = PartitionOf(record);
    fields[2].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[2].u.mem.ptr = Mutable(record.value.data);
    fields[2].u.mem.size = record.value.size;
    fields[3].vtype = RD_KAFKA_VTYPE_KEY;
    fields[3].u.mem.ptr = Mutable(record.key.data);
    fields[3].u.mem.size = record.key.size;
    fields[4].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    fields[4].u.i64 = record.timestamp_ms;
    fields[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[5].u.ptr = &slots_[i];
    fields[6].vtype = RD_KAFKA_VTYPE_HEADERS;
    fields[6].u.headers = headers;
    const ErrorRef error(rd_kafka_produceva(client_->rk(), fields, headers ? 7 : 6));
    if (!error) continue;
    if (headers) rd_kafka_headers_destroy(headers);
    Refuse(i, rd_kafka_error_code(error.get()), record);
    ++refused;
  }
  return refused;
}

/// The headers of a record, and those of the trace unless the record brings its own; null without
/// any.
rd_kafka_headers_t* RecordBatch::HeadersOf(const ProduceRequest& request,
                                           const ProduceRecord& record) const {
  bool adds_trace = !trace_.traceparent.empty();
  if (record.header_count == 0 && !adds_trace) return nullptr;
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.header_count + 2);
  for (uint32_t h = 0; h < record.header_count; ++h) {
    const Header& header = request.headers[record.first_header + h];
    rd_kafka_header_add(headers, header.name.data, static_cast<ssize_t>(header.name.size),
                        header.value.data, static_cast<ssize_t>(header.value.size));
    adds_trace = adds_trace && header.name.view() != kTraceparent;
  }
  if (adds_trace) AddHeader(headers, kTraceparent, trace_.traceparent);
  if (adds_trace && !trace_.tracestate.empty()) {
    AddHeader(headers, kTracestate, trace_.tracestate);
  }
  return headers;
}

int32_t RecordBatch::ChoosePartition(const rd_kafka_topic_t* topic, const void* key,
                                     size_t key_size, int32_t count, void* topic_opaque,
                                     void* slot) {
  if (key) {
    return rd_kafka_msg_partitioner_murmur2(topic, key, key_size, count, topic_opaque, slot);
  }
  const RecordBatch& batch = *static_cast<Slot*>(slot)->batch;
  return batch.handle_->sticky.Choose(topic, count, batch.mean_record_bytes_,
                                      slot == batch.slots_.get());
}

void RecordBatch::Refuse(uint32_t index, rd_kafka_resp_err_t error, const ProduceRecord& record) {
  Slot& slot = slots_[index];
  // A client that gave up reports that for some records, and the reason for others.
  if (error == RD_KAFKA_RESP_ERR__FATAL) error = rd_kafka_fatal_error(client_->rk(), nullptr, 0);
  slot.partition = PartitionOf(record);
  // librdkafka uses the same code for its own refusals and for those of the broker.
  slot.Settle(error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? kTooLargeToSend : error);
}

int32_t RecordBatch::PartitionOf(const ProduceRecord& record) const {
  return record.partition == kAnyPartition ? partition_ : record.partition;
}

std::string RecordBatch::TextOf(const Slot& slot) const {
  return Engine::Get().errors().Text(
      slot.error, {Shown(topic_), slot.partition, slot.bytes, client_->max_record_bytes(),
                   client_->timeout_ms()});
}

void RecordBatch::TellOutcomes() {
  if (!handle_) return;
  bool is_topic_refused = false;
  bool is_partition_unknown = false;
  bool is_any_written = false;
  for (uint32_t i = 0; i < count_; ++i) {
    const rd_kafka_resp_err_t error = slots_[i].error;
    is_any_written = is_any_written || error == RD_KAFKA_RESP_ERR_NO_ERROR;
    is_topic_refused = is_topic_refused || IsOfTopic(error);
    is_partition_unknown = is_partition_unknown || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
  }
  if (is_topic_refused || is_any_written) client_->OnTopicKnown(*handle_, !is_topic_refused);
  if (is_partition_unknown) ProducerClient::AskForPartitions(client_, handle_);
}

}  // namespace sluice
