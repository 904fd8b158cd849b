// Delivered records that their instance can no longer commit.
#ifndef SLUICE_KAFKA_CONSUMER_LOST_RECORDS_H_
#define SLUICE_KAFKA_CONSUMER_LOST_RECORDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "kafka/topic_partition.h"

namespace sluice {

/// The partitions of these records were taken away before a commit. Their next owner delivers the
/// records again, so that one commit of them must fail to tell the client. Used by the consumer's
/// actor only.
class LostRecords {
 public:
  /// Records before `next` were delivered, and cannot be committed any more.
  void Add(const TopicPartition& partition, int64_t next);

  /// The records before `offset` were delivered (again), or the client has sought to `offset`.
  void OnDelivered(const TopicPartition& partition, int64_t offset);

  bool is_empty() const { return next_.empty(); }
  bool Contains(const TopicPartition& partition) const { return next_.contains(partition); }

  /// A partition that no commit without offsets has failed for, or that one has failed for since
  /// the last read.
  std::optional<TopicPartition> Unreported() const;

  /// A commit without offsets has failed for all of them.
  void OnReported() { report_ = Report::kMade; }

  /// A read after such a failure shows that the client has received the error.
  void OnRead();

 private:
  enum class Report { kPending, kMade };

  std::map<TopicPartition, int64_t> next_;  // One after the last lost record.
  std::set<TopicPartition> unreported_;
  Report report_ = Report::kPending;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_LOST_RECORDS_H_
