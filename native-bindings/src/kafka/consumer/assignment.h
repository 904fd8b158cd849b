// The partitions of a consumer instance: by subscription and rebalance, or by assignment.
#ifndef SLUICE_KAFKA_CONSUMER_ASSIGNMENT_H_
#define SLUICE_KAFKA_CONSUMER_ASSIGNMENT_H_

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/consumer/commits.h"
#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/named_topics.h"
#include "kafka/consumer/positions.h"
#include "kafka/consumer/read_queue.h"
#include "kafka/consumer/topic_check.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Subscribes and assigns, and answers the group's rebalances. Used by the consumer's actor only.
class Assignment {
 public:
  /// A revocation waits for commits until `commit_wait` after the last request of the client.
  Assignment(ConsumerClient& client, Membership& membership, Positions& positions,
             Fetching& fetching, Commits& commits, ReadQueue& reads, TopicCheck& topics,
             ConsumerFaults& faults, std::chrono::milliseconds commit_wait)
      : client_(client),
        membership_(membership),
        positions_(positions),
        fetching_(fetching),
        commits_(commits),
        reads_(reads),
        topics_(topics),
        faults_(faults),
        commit_wait_(commit_wait) {}

  // Commands.

  /// Returns whether librdkafka has taken the subscription; else `reply_to` has its answer. The
  /// caller then serves the events, and calls Membership::OnAnswerAwaited().
  bool Subscribe(std::vector<std::string> topics, bool by_pattern, const ReplyTo& reply_to);
  void Unsubscribe(const ReplyTo& reply_to);
  void Assign(const std::vector<TopicPartition>& partitions, const ReplyTo& reply_to);
  void GetAssignment(const ReplyTo& reply_to) const;

  /// Runs a command that needs an assignment: now, or when the group has answered, or after a
  /// timeout.
  void RunWhenAssigned(const ReplyTo& reply_to, std::function<void()> command);
  /// Runs the commands whose timeout has passed.
  void RunDeferred(TimePoint now);

  // Rebalances.

  void OnRebalance(EventRef event);
  /// Revokes the partitions that the group takes away, unless their records may still be committed.
  void RevokeWhenSettled(TimePoint now);
  /// Whether partitions are about to be revoked.
  bool is_revoking() const { return revocation_.has_value(); }
  /// Whether partitions are assigned whose topics the subscription no longer has. librdkafka keeps
  /// them until their revocation, which it asks for only after a rebalance that is under way, or
  /// with the metadata of the new topics. They stay in Positions, so that it has the same
  /// partitions as librdkafka, and no read takes their records.
  bool HasUnsubscribed() const;
  /// Whether the instance can read nothing while its group refuses it: the group would have to
  /// assign partitions, or return the committed offsets at which they start.
  bool NeedsGroup() const;

  /// Answers waiting commands with a fault, and revokes the partitions that the group takes away.
  void Close(int32_t error_code);
  /// The time of the next RunDeferred() or RevokeWhenSettled(), or TimePoint::max().
  TimePoint NextAlarm() const;

 private:
  struct Deferred {
    TimePoint deadline;
    ReplyTo reply_to;
    std::function<void()> command;
  };

  /// Partitions that are to be revoked.
  struct Revocation {
    EventRef event;
    TimePoint deadline;

    const rd_kafka_topic_partition_list_t* partitions() const {
      return rd_kafka_event_topic_partition_list(event.get());
    }
  };

  bool RefuseModeChange(Membership::Mode mode, const ReplyTo& reply_to) const;
  bool RefuseNames(const std::set<std::string>& topics, const ReplyTo& reply_to);
  void Replace(const std::set<TopicPartition>& partitions);
  void OnAssigned(const rd_kafka_topic_partition_list_t* tpl);
  TimePoint RevocationDeadline(TimePoint now) const;
  bool IsRevocationAwaited() const;
  void Revoke();
  void LoseUncommitted(const TopicPartition& partition, const PartitionState& state);

  ConsumerClient& client_;
  Membership& membership_;
  Positions& positions_;
  Fetching& fetching_;
  Commits& commits_;
  ReadQueue& reads_;
  TopicCheck& topics_;
  ConsumerFaults& faults_;
  const std::chrono::milliseconds commit_wait_;

  NamedTopics named_;
  std::optional<Revocation> revocation_;
  std::deque<Deferred> deferred_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_ASSIGNMENT_H_
