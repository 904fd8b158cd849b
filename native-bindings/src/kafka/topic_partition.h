// Partitions, alone and with offsets, as commands carry them; and librdkafka's lists of them.
#ifndef SLUICE_KAFKA_TOPIC_PARTITION_H_
#define SLUICE_KAFKA_TOPIC_PARTITION_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/handles.h"

namespace sluice {

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  bool operator==(const TopicPartition&) const = default;
  bool operator<(const TopicPartition& other) const {
    return partition != other.partition ? partition < other.partition : topic < other.topic;
  }
};

/// A partition with an offset (or a timestamp, where the command says so) and metadata.
struct PartitionOffset {
  TopicPartition partition;
  int64_t offset = RD_KAFKA_OFFSET_INVALID;
  std::string metadata;
};

/// `name-partition`, as Kafka's messages write it.
inline std::string Describe(const TopicPartition& partition) {
  return partition.topic + '-' + std::to_string(partition.partition);
}

inline TplRef NewTpl(size_t size) {
  return TplRef(rd_kafka_topic_partition_list_new(static_cast<int>(size)));
}

inline rd_kafka_topic_partition_t* Add(const TplRef& tpl, const TopicPartition& partition) {
  return rd_kafka_topic_partition_list_add(tpl.get(), partition.topic.c_str(), partition.partition);
}

/// The error of a partition of a ListOffsets result. librdkafka reports no error for
/// partitions whose leader did not answer; RD_KAFKA_OFFSET_INVALID is what they had before they
/// were asked for.
inline rd_kafka_resp_err_t ListingError(const rd_kafka_topic_partition_t& listed) {
  if (listed.err != RD_KAFKA_RESP_ERR_NO_ERROR) return listed.err;
  return listed.offset == RD_KAFKA_OFFSET_INVALID ? RD_KAFKA_RESP_ERR__TIMED_OUT
                                                  : RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace sluice

#endif  // SLUICE_KAFKA_TOPIC_PARTITION_H_
