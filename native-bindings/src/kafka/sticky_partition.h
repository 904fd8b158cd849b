// Where the records of one topic go that have neither a key nor a partition.
#ifndef SLUICE_KAFKA_STICKY_PARTITION_H_
#define SLUICE_KAFKA_STICKY_PARTITION_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "kafka/scheduler.h"

namespace sluice {

/// To one partition for a while, so that they fill batches; then to another one, by chance, as the
/// Java client does (KIP-794). The while ends with a number of bytes, because librdkafka sends an
/// idempotent producer's batches of one partition one after the other, and asks the socket without
/// a pause until it may send the next; and with a time, so that few records are spread as well.
///
/// Safe from any thread: what two threads do at once is only less regular.
class StickyPartition {
 public:
  /// How long `Choose` stays, at most.
  explicit StickyPartition(std::chrono::milliseconds most) : most_(most) {}

  /// The partition, of `count`, for a record of some `bytes`; `is_first` of its request. Called
  /// inside librdkafka's partitioner, which holds the lock of `topic`.
  int32_t Choose(const rd_kafka_topic_t* topic, int32_t count, int64_t bytes, bool is_first);

 private:
  bool IsOver(const rd_kafka_topic_t* topic, int32_t partition) const;
  int32_t Renew(const rd_kafka_topic_t* topic, int32_t count);

  /// Of many small records, a full batch; of large ones, few enough to be sent at once.
  static constexpr int64_t kBytes = 256 * 1024;

  const std::chrono::milliseconds most_;
  std::atomic<int32_t> partition_{-1};
  std::atomic<int64_t> bytes_left_{0};
  std::atomic<TimePoint> until_{};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_STICKY_PARTITION_H_
