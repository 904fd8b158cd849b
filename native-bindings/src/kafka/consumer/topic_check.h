// Asks the cluster about topics that keep a consumer instance from reading.
#ifndef SLUICE_KAFKA_CONSUMER_TOPIC_CHECK_H_
#define SLUICE_KAFKA_CONSUMER_TOPIC_CHECK_H_

#include <librdkafka/rdkafka.h>

#include <set>
#include <string>

#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/scheduler.h"

namespace sluice {

/// librdkafka waits in silence for partitions that do not exist, and reports once that a topic
/// cannot be read. Answers go to the faults of the instance and to the states of its partitions.
/// Used by the consumer's actor only.
class TopicCheck {
 public:
  TopicCheck(ConsumerClient& client, const Membership& membership, Positions& positions,
             Fetching& fetching, ConsumerFaults& faults)
      : client_(client),
        membership_(membership),
        positions_(positions),
        fetching_(fetching),
        faults_(faults) {}

  /// Requests all topics of the subscription.
  void CheckSubscribed();
  /// Requests the topics of assigned partitions, or the topics of the subscription with an error.
  void CheckFaulty();
  /// Whether the last call was long enough ago.
  bool IsDue(TimePoint now) const { return now >= next_check_; }

 private:
  void Check(const std::set<std::string>& names);
  void OnDescribed(const rd_kafka_TopicDescription_t* topic);
  void OnSubscribedDescribed(const std::string& topic, rd_kafka_resp_err_t error);

  ConsumerClient& client_;
  const Membership& membership_;
  Positions& positions_;
  Fetching& fetching_;
  ConsumerFaults& faults_;
  TimePoint next_check_{};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_TOPIC_CHECK_H_
