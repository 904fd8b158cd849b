// Seeks by command: to offsets, to timestamps, and to the ends of partitions.
#ifndef SLUICE_KAFKA_CONSUMER_SEEKS_H_
#define SLUICE_KAFKA_CONSUMER_SEEKS_H_

#include <cstdint>
#include <set>
#include <vector>

#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/outbox.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Finds the offsets that commands ask for, and hands them to Fetching. Used by the consumer's
/// actor only.
class Seeks {
 public:
  Seeks(ConsumerClient& client, const Membership& membership, const Positions& positions,
        Fetching& fetching)
      : client_(client), membership_(membership), positions_(positions), fetching_(fetching) {}

  /// Moves positions; see Consumer::Seek().
  void Seek(const std::vector<PartitionOffset>& offsets,
            const std::vector<PartitionOffset>& timestamps, const ReplyTo& reply_to);
  /// Moves all assigned partitions to RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END.
  void SeekAll(int64_t offset, const ReplyTo& reply_to);

 private:
  bool RefuseUnassigned(const std::vector<PartitionOffset>& offsets, const ReplyTo& reply_to);
  void SeekToTimestamps(const std::vector<PartitionOffset>& timestamps,
                        std::set<TopicPartition> ends, const ReplyTo& reply_to);
  void SeekToEnds(const std::set<TopicPartition>& partitions, const ReplyTo& reply_to);

  ConsumerClient& client_;
  const Membership& membership_;
  const Positions& positions_;
  Fetching& fetching_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_SEEKS_H_
