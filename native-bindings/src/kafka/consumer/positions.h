// The partitions of a consumer instance: the delivered and committed offsets of each, and its
// seeks.
#ifndef SLUICE_KAFKA_CONSUMER_POSITIONS_H_
#define SLUICE_KAFKA_CONSUMER_POSITIONS_H_

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "kafka/consumer/lag_report.h"
#include "kafka/consumer/lost_records.h"
#include "kafka/consumer/seek_schedule.h"
#include "kafka/handles.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// One partition that is assigned.
struct PartitionState {
  /// One after the last delivered record, and after control records that were passed behind it.
  int64_t delivered = RD_KAFKA_OFFSET_INVALID;
  bool is_uncommitted = false;  ///< Records were delivered that no commit has covered.
  int64_t committed =
      RD_KAFKA_OFFSET_INVALID;     ///< The offset of the last commit since the last seek.
  std::optional<int64_t> seek_to;  ///< Not yet told to librdkafka.
  int64_t start =
      RD_KAFKA_OFFSET_INVALID;  ///< The last offset at which librdkafka was told to start.
  /// The error of reading it. Until a seek, or until it delivers again.
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  TimePoint error_until = TimePoint::max();  ///< The end of the error unless it comes again.
  /// The cluster's last answer about its existence.
  rd_kafka_resp_err_t absence = RD_KAFKA_RESP_ERR_NO_ERROR;
  /// There was an error, so that librdkafka may no longer fetch it.
  bool is_stopped = false;
};

/// Makes no calls to librdkafka: Fetching makes them. Used by the consumer's actor only.
class Positions {
 public:
  using Partitions = std::map<TopicPartition, PartitionState>;

  // The assignment.

  Partitions::iterator begin() { return partitions_.begin(); }
  Partitions::iterator end() { return partitions_.end(); }
  Partitions::const_iterator begin() const { return partitions_.begin(); }
  Partitions::const_iterator end() const { return partitions_.end(); }
  size_t size() const { return partitions_.size(); }
  bool is_empty() const { return partitions_.empty(); }
  bool Has(const TopicPartition& partition) const { return partitions_.contains(partition); }
  /// Null when the partition is not assigned.
  PartitionState* Find(const TopicPartition& partition);
  const PartitionState* Find(const TopicPartition& partition) const;
  /// The state of a partition that is assigned.
  PartitionState& Of(const TopicPartition& partition) { return partitions_.at(partition); }

  void Add(const TopicPartition& partition) { partitions_[partition] = {}; }
  void Remove(const TopicPartition& partition);
  void Replace(Partitions partitions);
  TplRef List() const;
  std::set<TopicPartition> All() const;

  // Delivery and commits.

  /// The client was given the records before `next`.
  void Deliver(const TopicPartition& partition, int64_t next);
  /// Before `next` are no further records for the client.
  void Pass(const TopicPartition& partition, int64_t next);
  /// The client has sought to `offset`, which may be RD_KAFKA_OFFSET_BEGINNING or _END.
  void Seek(const TopicPartition& partition, int64_t offset);
  /// The records of a response from `offset` to before `end` were not delivered after all. A commit
  /// of some of them is not undone. One beyond them is of a client that reads committed records
  /// again, and gets these again, too.
  void Return(const TopicPartition& partition, int64_t offset, int64_t end);
  /// The broker has stored these offsets, except for offsets with an error.
  void OnCommitted(const rd_kafka_topic_partition_list_t* committed);
  /// The offsets that a commit of all delivered records has.
  TplRef Delivered() const;
  /// Records whose partitions are gone, or about to go.
  LostRecords& lost() { return lost_; }
  const LostRecords& lost() const { return lost_; }
  /// The partition goes before its records were committed, if any were not.
  void Lose(const TopicPartition& partition, const PartitionState& state);

  /// The lag of partitions. Safe from any thread.
  LagReport& lags() { return lags_; }
  const LagReport& lags() const { return lags_; }

  // Seeks.

  SeekSchedule& seeks() { return seeks_; }
  const SeekSchedule& seeks() const { return seeks_; }
  bool IsSought(const TopicPartition& partition) const;

  // Errors.

  void Fail(PartitionState* state, rd_kafka_resp_err_t error);
  /// Whether some partition has an error, perhaps of an earlier assignment.
  bool has_errors() const { return has_errors_; }
  /// A partition that delivers has no error any more, and others none that would have come again.
  void OnRecord(const TopicPartition& partition, TimePoint now);
  /// A partition with an error that keeps it from being read.
  struct Fault {
    const TopicPartition* partition;
    rd_kafka_resp_err_t error;
  };
  std::optional<Fault> FindFault(TimePoint now) const;

 private:
  void SetDelivered(const TopicPartition& partition, PartitionState* state, int64_t offset);

  Partitions partitions_;
  SeekSchedule seeks_;  // Of the partitions that have a seek_to.
  LostRecords lost_;
  LagReport lags_;
  bool has_errors_ = false;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_POSITIONS_H_
