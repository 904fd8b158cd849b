#include "kafka/sticky_partition.h"

namespace sluice {

int32_t StickyPartition::Choose(const rd_kafka_topic_t* topic, int32_t count, int64_t bytes,
                                bool is_first) {
  const int32_t partition = partition_.load(std::memory_order_relaxed);
  const int64_t left = bytes_left_.fetch_sub(bytes, std::memory_order_relaxed);
  if (left <= 0 || partition >= count) return Renew(topic, count);
  // The clock and the leader of the partition are looked up once a request, which is often enough.
  if (is_first && IsOver(topic, partition)) return Renew(topic, count);
  return partition;
}

bool StickyPartition::IsOver(const rd_kafka_topic_t* topic, int32_t partition) const {
  return Clock::now() >= until_.load(std::memory_order_relaxed) ||
         !rd_kafka_topic_partition_available(topic, partition);
}

int32_t StickyPartition::Renew(const rd_kafka_topic_t* topic, int32_t count) {
  const auto any = [&] {
    return rd_kafka_msg_partitioner_random(topic, nullptr, 0, count, nullptr, nullptr);
  };
  int32_t partition = any();
  if (partition == partition_.load(std::memory_order_relaxed)) partition = any();
  partition_.store(partition, std::memory_order_relaxed);
  bytes_left_.store(kBytes, std::memory_order_relaxed);
  until_.store(Clock::now() + most_, std::memory_order_relaxed);
  return partition;
}

}  // namespace sluice
