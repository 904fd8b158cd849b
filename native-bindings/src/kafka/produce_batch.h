// One produce request on its way through Kafka: its body, its records, and their outcomes.
#ifndef SLUICE_KAFKA_PRODUCE_BATCH_H_
#define SLUICE_KAFKA_PRODUCE_BATCH_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "json/delivery_writer.h"
#include "json/produce_request.h"
#include "kafka/body.h"
#include "kafka/outbox.h"
#include "kafka/produce_draft.h"
#include "kafka/producer_client.h"
#include "record.h"

namespace sluice {

/// Lives from the request to its last delivery report, then answers and deletes itself.
///
/// Ownership: a unique_ptr until its records are enqueued, then the slots that librdkafka carries
/// as message opaques; the thread that takes the last one down (nearly always one of the scheduler)
/// answers. librdkafka reads keys and values from the body in place: it must not go before.
class ProduceBatch {
 public:
  /// The opaque of each record, which librdkafka returns with the delivery report.
  struct Slot {
    ProduceBatch* batch;
    int64_t offset;     ///< Assigned by the broker; -1 unless the record was acknowledged.
    int64_t bytes;      ///< The size of key and value.
    int32_t partition;  ///< -1 while it is unknown.
    rd_kafka_resp_err_t error;
  };

  /// Records that name no partition go to `partition`. Those without a header `traceparent` get the
  /// headers of `trace`.
  ProduceBatch(std::string topic, int32_t partition, Format format, Body body, ReplyTo reply_to,
               TraceHeaders trace);
  /// Takes a complete draft, which has no other owner.
  ProduceBatch(std::string topic, int32_t partition, std::shared_ptr<ProduceDraft> draft,
               SchemaIds schema_ids, ReplyTo reply_to, TraceHeaders trace);
  ProduceBatch(const ProduceBatch&) = delete;
  ProduceBatch& operator=(const ProduceBatch&) = delete;

  const ReplyTo& reply_to() const { return reply_to_; }
  /// The size of the body.
  size_t size() const { return draft_ ? draft_->body_size() : body_.size(); }

  /// Sends the records with the client of a lease. On a parse thread if there are many bytes.
  static void Start(std::unique_ptr<ProduceBatch> batch, ProducerLease client);

  /// librdkafka's partitioner for records that name no partition: by the hash of the key, as Java's
  /// default, or where the topic's StickyPartition is. `slot` is the record's. Called on the thread
  /// that enqueues, or on librdkafka's when the topic was not known yet.
  static int32_t ChoosePartition(const rd_kafka_topic_t* topic, const void* key, size_t key_size,
                                 int32_t count, void* topic_opaque, void* slot);

  /// Counts `count` records as done; the last one answers and deletes the batch. Safe from any
  /// thread.
  void Done(uint32_t count);

 private:
  /// Parses the body and hands all its records to librdkafka; or answers with the fault, having
  /// handed over none. Keeps a parser a thread.
  static void ParseAndEnqueue(std::unique_ptr<ProduceBatch> batch);
  /// Hands all records of the draft to librdkafka.
  static void EnqueueDraft(std::unique_ptr<ProduceBatch> batch);
  void Enqueue(const ProduceRequest& request);
  uint32_t EnqueuePlain(const ProduceRequest& request);
  uint32_t EnqueueWithHeaders(const ProduceRequest& request);
  rd_kafka_headers_t* HeadersOf(const ProduceRequest& request, const ProduceRecord& record) const;
  void Refuse(uint32_t index, rd_kafka_resp_err_t error, const ProduceRecord& record);
  int32_t PartitionOf(const ProduceRecord& record) const;
  void Answer();

  ProducerLease client_;  // First: everything else goes before it. Of none until Start().
  std::string topic_;
  int32_t partition_;
  Format format_;
  Body body_;
  std::shared_ptr<ProduceDraft> draft_;  // In the place of the body.
  SchemaIds schema_ids_;
  ReplyTo reply_to_;
  TraceHeaders trace_;
  std::shared_ptr<ProducerTopic> handle_;
  std::unique_ptr<Slot[]> slots_;
  uint32_t count_ = 0;
  int64_t mean_record_bytes_ = 0;
  std::atomic<uint32_t> pending_{0};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCE_BATCH_H_
