// Tells librdkafka which partitions a consumer instance fetches, and from where.
#ifndef SLUICE_KAFKA_CONSUMER_FETCHING_H_
#define SLUICE_KAFKA_CONSUMER_FETCHING_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <set>

#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetched_records.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/consumer/read_queue.h"
#include "kafka/handles.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Keeps librdkafka's assignment and positions as Positions has them. Used by the consumer's actor
/// only.
class Fetching {
 public:
  Fetching(ConsumerClient& client, const Membership& membership, Positions& positions,
           ReadQueue& reads, ConsumerFaults& faults)
      : client_(client),
        membership_(membership),
        positions_(positions),
        reads_(reads),
        faults_(faults) {}

  /// Begins the use of the client, and ends it.
  void Open();
  void Close() { records_.reset(); }

  /// The fetched records. Only between Open() and Close().
  FetchedRecords& records() const { return *records_; }

  // The assignment.

  /// Replaces the assignment. Partitions that stay assigned keep their positions, as in the Java
  /// client.
  void Replace(const std::set<TopicPartition>& partitions);
  /// Ends the assignment, in Positions and in librdkafka.
  void Unassign();
  /// Whether librdkafka knows where each partition starts. Without that, and without the group's
  /// committed offsets, it reads nothing.
  bool HasAllPositions() const;

  // Positions.

  /// The offset after the delivered records, where a partition goes on when its fetched records are
  /// dropped. Records of a response that is being written come again, so that they are not lost
  /// with its client.
  int64_t PositionOf(const TopicPartition& partition, const PartitionState& state) const;
  /// The client seeks to `offset`, which may be RD_KAFKA_OFFSET_BEGINNING or _END.
  void Seek(const TopicPartition& partition, int64_t offset);
  /// The records of a response from `offset` to before `end` come again, without those that were
  /// committed meanwhile; see Positions::Return(). Delivered records stay delivered.
  void SeekBack(const TopicPartition& partition, int64_t offset, int64_t end);
  /// librdkafka gave up a partition that it can fetch by now.
  void Resume(const TopicPartition& partition, PartitionState* state);
  /// A broker has refused to give the record at `offset`.
  void OnRefused(const TopicPartition& partition, int64_t offset);
  /// The group's coordinator cannot tell yet where partitions start.
  void OnCoordinatorMoved(TimePoint now);
  /// Moves positions to the end of control records of transactions and of preceding aborted
  /// records, which no response contains.
  void PassControlRecords();

  /// Takes the outcome of a seek. Returns false while a blocking thread seeks: the actor must not
  /// do anything then.
  bool EndSeek();
  /// Tells librdkafka the seeks that are due. Returns false when a blocking thread seeks now.
  bool ApplySeeks(TimePoint now);
  /// The time of the next ApplySeeks(), or PauseUnread() of records(), or TimePoint::max().
  TimePoint NextAlarm() const;

 private:
  void AwaitStops();
  void OnSeekSet(const TopicPartition& partition);
  void StartSeek(TplRef seeks);
  void Restart(const TplRef& tpl);
  void StartAgain();
  int64_t NextFetchOf(const TopicPartition& partition, const PartitionState& state) const;

  ConsumerClient& client_;
  const Membership& membership_;
  Positions& positions_;
  ReadQueue& reads_;
  ConsumerFaults& faults_;

  std::unique_ptr<FetchedRecords> records_;
  TimePoint start_again_at_ = TimePoint::max();
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_FETCHING_H_
