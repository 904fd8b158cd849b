// Measures the lag of a consumer instance: the records between its positions and the ends of its
// partitions.
#ifndef SLUICE_KAFKA_CONSUMER_LAG_H_
#define SLUICE_KAFKA_CONSUMER_LAG_H_

#include <cstdint>

#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/positions.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Writes the lags() of Positions. Used by the consumer's actor only.
class Lag {
 public:
  Lag(ConsumerClient& client, Positions& positions, const Fetching& fetching)
      : client_(client), positions_(positions), fetching_(fetching) {}

  /// Called with each statistics event.
  void Measure();

 private:
  void AskForEnds();
  void Set(const TopicPartition& partition, const PartitionState& state, int64_t end);

  ConsumerClient& client_;
  Positions& positions_;
  const Fetching& fetching_;
  TimePoint asked_until_{};  // The deadline of a request for the ends of partitions.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_LAG_H_
