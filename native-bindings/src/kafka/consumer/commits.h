// The commits of a consumer instance, and the committed offsets of its group.
#ifndef SLUICE_KAFKA_CONSUMER_COMMITS_H_
#define SLUICE_KAFKA_CONSUMER_COMMITS_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// A commit that its client waits for.
struct CommitRequest {
  std::vector<PartitionOffset> offsets;  ///< Empty when it is_of_delivered.
  bool is_of_delivered;                  ///< It has the positions after the delivered records.
  ReplyTo reply_to;
  TimePoint deadline;
  uint64_t number;                    ///< See Commits::last_.
  std::shared_ptr<const bool> token;  ///< See Commits::token_.
};
using CommitRef = std::shared_ptr<const CommitRequest>;

/// Used by the consumer's actor only, except where said.
class Commits {
 public:
  /// The coordinator of `group` is lost when it has not answered a request for
  /// `coordinator_patience`.
  Commits(ConsumerClient& client, const Membership& membership, Positions& positions,
          Fetching& fetching, ConsumerFaults& faults, std::string group,
          std::chrono::milliseconds coordinator_patience)
      : client_(client),
        membership_(membership),
        positions_(positions),
        fetching_(fetching),
        faults_(faults),
        group_(std::move(group)),
        coordinator_patience_(coordinator_patience) {}

  /// A request that Run() makes. It counts as open until its last reference goes.
  CommitRef NewRequest(std::vector<PartitionOffset> offsets, bool is_of_delivered,
                       ReplyTo reply_to);
  void Run(const CommitRef& request);
  bool has_open() const { return token_.use_count() > 1; }
  /// Replies with a JSON array of [topic, partition, offset, metadata] of the partitions
  /// with a committed offset.
  void GetCommitted(const std::vector<TopicPartition>& partitions, const ReplyTo& reply_to);

  /// The group revokes partitions: a failed commit must not be repeated after that.
  void OnRevoked() { ++last_; }
  /// The result of a commit or of a request for committed offsets.
  void OnEvent(rd_kafka_event_t* event);

  /// Repeats the failed commits whose pause is over.
  void Serve(TimePoint now);
  /// Looks for requests that the coordinator leaves unanswered.
  void CheckCoordinator(TimePoint now);
  /// Answers the commits that wait for another try with a fault.
  void FaultAll(int32_t error_code);
  /// The time of the next call of Serve(), or TimePoint::max().
  TimePoint NextAlarm() const;

  /// Whether the group's coordinator has left a request unanswered. Safe from any thread.
  bool has_lost_coordinator() const {
    return has_lost_coordinator_.load(std::memory_order_relaxed);
  }

 private:
  using ConstTpl = std::shared_ptr<const rd_kafka_topic_partition_list_t>;
  using OnCommitted = std::function<void(const rd_kafka_topic_partition_list_t*)>;

  struct Retry {
    TimePoint at;
    CommitRef request;
  };

  TplRef OffsetsOf(const CommitRequest& request) const;
  void Send(const CommitRef& request, ConstTpl offsets);
  void OnFailure(const CommitRef& request, rd_kafka_resp_err_t error);
  bool RefuseLate(const CommitRequest& request);
  std::optional<TopicPartition> FindLate(const CommitRequest& request) const;
  void OnAutoCommitted(rd_kafka_event_t* event);
  void AskForCommitted(ConstTpl tpl, const ReplyTo& reply_to, OnCommitted on_committed);

  ConsumerClient& client_;
  const Membership& membership_;
  Positions& positions_;
  Fetching& fetching_;
  ConsumerFaults& faults_;
  const std::string group_;
  const std::chrono::milliseconds coordinator_patience_;

  std::vector<Retry> retries_;
  const std::shared_ptr<const bool> token_ = std::make_shared<bool>(true);  // Each request has it.
  uint64_t last_ = 0;  // Changes with each commit and each revocation.
  /// Requests that the coordinator has not answered: when they were made, by their opaques.
  std::map<void*, TimePoint> coordinator_requests_;
  std::atomic<bool> has_lost_coordinator_{false};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_COMMITS_H_
