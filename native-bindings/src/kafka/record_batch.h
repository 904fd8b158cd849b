// Records of one topic on their way through Kafka, and their outcomes.
#ifndef SLUICE_KAFKA_RECORD_BATCH_H_
#define SLUICE_KAFKA_RECORD_BATCH_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "json/produce_request.h"
#include "kafka/producer_client.h"
#include "record.h"

namespace sluice {

/// Hands records to librdkafka, and gets their delivery reports. The owner of a derived object
/// keeps it, and the bytes of its records, until Done() was told of all of them.
class RecordBatch {
 public:
  /// The opaque of each record, which librdkafka returns with the delivery report.
  struct Slot {
    RecordBatch* batch;
    int64_t offset;        ///< Assigned by the broker; -1 unless the record was acknowledged.
    int64_t timestamp_ms;  ///< -1 if there is none, or the batch does not keep them.
    int64_t bytes;         ///< The size of key and value.
    int32_t partition;     ///< -1 while it is unknown.
    /// kInFlight until the record has its outcome; set last.
    rd_kafka_resp_err_t error;

    /// Whether the other fields may be read. Safe from any thread.
    bool is_settled() {
      return std::atomic_ref(error).load(std::memory_order_acquire) != kInFlight;
    }
    void Settle(rd_kafka_resp_err_t outcome) {
      std::atomic_ref(error).store(outcome, std::memory_order_release);
    }
  };
  /// An error that no record has.
  static constexpr rd_kafka_resp_err_t kInFlight = RD_KAFKA_RESP_ERR__IN_PROGRESS;

  RecordBatch(const RecordBatch&) = delete;
  RecordBatch& operator=(const RecordBatch&) = delete;

  /// Whether the slots get the timestamps of records.
  bool keeps_timestamps() const { return keeps_timestamps_; }

  /// librdkafka's partitioner for records that name no partition: by the hash of the key, as Java's
  /// default, or where the topic's StickyPartition is. `slot` is the record's. Called on the thread
  /// that enqueues, or on librdkafka's when the topic was not known yet.
  static int32_t ChoosePartition(const rd_kafka_topic_t* topic, const void* key, size_t key_size,
                                 int32_t count, void* topic_opaque, void* slot);

  /// Counts `count` records as done. Safe from any thread.
  virtual void Done(uint32_t count) = 0;

 protected:
  /// Records that name no partition go to `partition`. Those without a header `traceparent` get the
  /// headers of `trace`.
  RecordBatch(std::string topic, int32_t partition, bool keeps_timestamps, TraceHeaders trace)
      : topic_(std::move(topic)),
        partition_(partition),
        keeps_timestamps_(keeps_timestamps),
        trace_(std::move(trace)) {}
  virtual ~RecordBatch() = default;

  /// Sets the client that the records are sent with.
  void Use(ProducerLease client) { client_ = std::move(client); }

  /// Hands all records of `request` to librdkafka, which reads their bytes in place until they are
  /// done. Returns the number of records that were refused: their slots have the reason, and Done()
  /// is not told of them. Called once, behind Use().
  uint32_t HandOver(const ProduceRequest& request);

  /// The error of a record that was not written.
  std::string TextOf(const Slot& slot) const;

  /// Tells the client what the outcomes of all records say about the topic.
  void TellOutcomes();

  /// For how long a broker throttles the client, in milliseconds.
  int throttle_ms() const { return client_->throttle_ms(); }
  const std::string& topic() const { return topic_; }
  uint32_t count() const { return count_; }
  Slot& slot(uint32_t index) { return slots_[index]; }

 private:
  uint32_t HandOverPlain(const ProduceRequest& request);
  uint32_t HandOverWithHeaders(const ProduceRequest& request);
  rd_kafka_headers_t* HeadersOf(const ProduceRequest& request, const ProduceRecord& record) const;
  void Refuse(uint32_t index, rd_kafka_resp_err_t error, const ProduceRecord& record);
  int32_t PartitionOf(const ProduceRecord& record) const;

  ProducerLease client_;  // First: everything else goes before it.
  std::string topic_;
  int32_t partition_;
  bool keeps_timestamps_;
  const TraceHeaders trace_;
  std::shared_ptr<ProducerTopic> handle_;
  std::unique_ptr<Slot[]> slots_;
  uint32_t count_ = 0;
  int64_t mean_record_bytes_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_RECORD_BATCH_H_
