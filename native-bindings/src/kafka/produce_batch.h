// One produce request on its way through Kafka: its body, its records, and their outcomes.
#ifndef SLUICE_KAFKA_PRODUCE_BATCH_H_
#define SLUICE_KAFKA_PRODUCE_BATCH_H_

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
#include "kafka/record_batch.h"
#include "record.h"

namespace sluice {

/// Lives from the request to its last delivery report, then answers and deletes itself.
///
/// Ownership: a unique_ptr until its records are enqueued, then the slots that librdkafka carries
/// as message opaques; the thread that takes the last one down (nearly always one of the scheduler)
/// answers. librdkafka reads keys and values from the body in place: it must not go before.
class ProduceBatch final : public RecordBatch {
 public:
  /// Records that name no partition go to `partition`. Those without a header `traceparent` get the
  /// headers of `trace`.
  ProduceBatch(std::string topic, int32_t partition, Format format, Body body, ReplyTo reply_to,
               TraceHeaders trace);
  /// Takes a complete draft, which has no other owner.
  ProduceBatch(std::string topic, int32_t partition, std::shared_ptr<ProduceDraft> draft,
               SchemaIds schema_ids, ReplyTo reply_to, TraceHeaders trace);
  ~ProduceBatch() override = default;

  const ReplyTo& reply_to() const { return reply_to_; }
  /// The size of the body.
  size_t size() const { return draft_ ? draft_->body_size() : body_.size(); }

  /// Sends the records with the client of a lease. On a parse thread if there are many bytes.
  static void Start(std::unique_ptr<ProduceBatch> batch, ProducerLease client);

  /// The last record answers and deletes the batch.
  void Done(uint32_t count) override;

 private:
  /// Parses the body and hands all its records to librdkafka; or answers with the fault, having
  /// handed over none. Keeps a parser a thread.
  static void ParseAndEnqueue(std::unique_ptr<ProduceBatch> batch);
  /// Hands all records of the draft to librdkafka.
  static void EnqueueDraft(std::unique_ptr<ProduceBatch> batch);
  void Enqueue(const ProduceRequest& request);
  void Answer();

  Format format_;
  Body body_;
  std::shared_ptr<ProduceDraft> draft_;  // In the place of the body.
  SchemaIds schema_ids_;
  ReplyTo reply_to_;
  std::atomic<uint32_t> pending_{0};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCE_BATCH_H_
