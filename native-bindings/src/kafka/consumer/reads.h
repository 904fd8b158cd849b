// The reads of a consumer instance: their turns, the records that they take, and their delivery.
#ifndef SLUICE_KAFKA_CONSUMER_READS_H_
#define SLUICE_KAFKA_CONSUMER_READS_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/consumer/assignment.h"
#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/consumer/read.h"
#include "kafka/consumer/read_queue.h"
#include "kafka/consumer/topic_check.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Used by the consumer's actor only.
class Reads {
 public:
  Reads(ConsumerClient& client, const Membership& membership, Positions& positions,
        Fetching& fetching, const Assignment& assignment, TopicCheck& topics, ReadQueue& queue,
        ConsumerFaults& faults)
      : client_(client),
        membership_(membership),
        positions_(positions),
        fetching_(fetching),
        assignment_(assignment),
        topics_(topics),
        queue_(queue),
        faults_(faults) {}

  /// Refuses the read, or queues it.
  void Start(std::unique_ptr<Read> read);
  /// Lets the read that has its turn take records, as long as there are any.
  void Serve(TimePoint now);
  /// The read's response was written to its end, unless its client is gone.
  void End(const Outbox* outbox, uint32_t ticket, bool delivered);
  /// The read's response ended before the offsets in `next`.
  void EndAt(const Outbox* outbox, uint32_t ticket, const std::vector<PartitionOffset>& next);
  /// The environment of these reads is gone.
  void Abandon(const Outbox* outbox);
  /// The instance closes.
  void FailAll();
  /// The instance may not act until it has another token: reads without records fail, and the
  /// response that has some ends.
  void EndWithToken();

  /// librdkafka has reported an error; `partition` is null when it is of none.
  void OnError(rd_kafka_resp_err_t code, std::string detail, const TopicPartition* partition);

 private:
  using Fault = ConsumerFaults::Fault;

  bool ServeRead(Read& read);
  bool TakeRecords(Read& read);
  bool ServeRecords(Read& read);
  bool ServeNothing(Read& read);
  bool FailIfBroken(const Read& read, TimePoint now);
  std::optional<Fault> StandingFault(TimePoint now) const;
  void Deliver(const Read& read, const std::function<int64_t(const Read::Range&)>& end_of);
  void DeliverUpTo(const Read& read, const std::vector<PartitionOffset>& next);
  void ReturnRecords(const Read& read);
  void OnCredentialsRefused();
  void TellWaitingRead(Fault fault);
  std::string_view TopicIn(std::string_view detail) const;

  ConsumerClient& client_;
  const Membership& membership_;
  Positions& positions_;
  Fetching& fetching_;
  const Assignment& assignment_;
  TopicCheck& topics_;
  ReadQueue& queue_;
  ConsumerFaults& faults_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_READS_H_
