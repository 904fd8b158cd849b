// The partition of records that have neither a key nor a partition, for one topic.
#ifndef SLUICE_KAFKA_STICKY_PARTITION_H_
#define SLUICE_KAFKA_STICKY_PARTITION_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "kafka/scheduler.h"

namespace sluice {

/// Records go to one partition for a while, so that they fill batches; then to a random other one,
/// as in the Java client (KIP-794). The change follows a number of bytes, because librdkafka sends
/// an idempotent producer's batches of one partition one after the other, and polls the socket
/// without a pause until it may send the next batch. It also follows a time, so that few records
/// are distributed as well.
///
/// Safe from any thread: two threads at once only make the choice less regular.
class StickyPartition {
 public:
  /// The longest time that Choose() stays with a partition.
  explicit StickyPartition(std::chrono::milliseconds most) : most_(most) {}

  /// The partition, of `count`, for a record of some `bytes`; `is_first` of its request. Called
  /// inside librdkafka's partitioner, which holds the lock of `topic`.
  int32_t Choose(const rd_kafka_topic_t* topic, int32_t count, int64_t bytes, bool is_first);

 private:
  bool IsOver(const rd_kafka_topic_t* topic, int32_t partition) const;
  int32_t Renew(const rd_kafka_topic_t* topic, int32_t count);

  /// The bytes after which it leaves a partition: a full batch of many small records, or few enough
  /// large ones to be sent at once.
  static constexpr int64_t kBytes = 256 * 1024;

  const std::chrono::milliseconds most_;
  std::atomic<int32_t> partition_{-1};
  std::atomic<int64_t> bytes_left_{0};
  std::atomic<TimePoint> until_{};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_STICKY_PARTITION_H_
