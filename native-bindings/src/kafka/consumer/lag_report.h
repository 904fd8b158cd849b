// The lag of a consumer instance's partitions, as its actor measured it last.
#ifndef SLUICE_KAFKA_CONSUMER_LAG_REPORT_H_
#define SLUICE_KAFKA_CONSUMER_LAG_REPORT_H_

#include <cstdint>
#include <map>
#include <mutex>

#include "kafka/topic_partition.h"

namespace sluice {

/// The actor of an instance writes it. Safe from any thread.
class LagReport {
 public:
  /// The number of records between the position of the instance and the end of each partition.
  using Lags = std::map<TopicPartition, int64_t>;

  void Set(const TopicPartition& partition, int64_t records) {
    std::lock_guard lock(mutex_);
    lags_[partition] = records;
  }

  /// The partition is no longer assigned.
  void Remove(const TopicPartition& partition) {
    std::lock_guard lock(mutex_);
    lags_.erase(partition);
  }

  /// No partition is assigned any longer.
  void Clear() {
    std::lock_guard lock(mutex_);
    lags_.clear();
  }

  Lags Read() const {
    std::lock_guard lock(mutex_);
    return lags_;
  }

 private:
  mutable std::mutex mutex_;  // Guards the following.
  Lags lags_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_LAG_REPORT_H_
