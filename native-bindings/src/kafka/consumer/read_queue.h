// The reads of one consumer instance that are not over.
#ifndef SLUICE_KAFKA_CONSUMER_READ_QUEUE_H_
#define SLUICE_KAFKA_CONSUMER_READ_QUEUE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "kafka/consumer/read.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// In the order of their arrival. The first has its turn: it alone is given records. Used by the
/// consumer's actor only, except where said.
class ReadQueue {
 public:
  bool is_empty() const { return reads_.empty(); }
  /// Whether there are reads. Safe from any thread.
  bool has_open() const { return open_.load(std::memory_order_relaxed) > 0; }
  /// Counts as a use of the instance, as the end of a read does. Safe from any thread.
  void Touch() { used_at_.store(Clock::now(), std::memory_order_relaxed); }
  /// The last use. Safe from any thread.
  TimePoint used_at() const { return used_at_.load(std::memory_order_relaxed); }
  /// The end of the last read.
  TimePoint ended_at() const { return ended_at_; }
  /// Whether reads have ended since the last call.
  bool TakeEnded() { return std::exchange(has_ended_, false); }

  /// The read that has its turn. Not while the queue is empty.
  Read& front() { return *reads_.front(); }

  void Push(std::unique_ptr<Read> read);
  /// Null when there is none with this address.
  Read* Find(const Outbox* outbox, uint32_t ticket);
  /// Removes the read with this address; null when it is over already.
  std::unique_ptr<Read> Take(const Outbox* outbox, uint32_t ticket);
  /// Removes a read of an environment; null when it has none.
  std::unique_ptr<Read> TakeOneOf(const Outbox* outbox);
  /// Removes a read without records; null when there is none.
  std::unique_ptr<Read> TakeWaiting();
  void Pop() { Remove(reads_.begin()); }

  /// All reads end with the records that there are, without a further wait.
  void Hasten(TimePoint now);

  /// Ends the reads whose deadline passes before they had their turn.
  void EndOverdue(TimePoint now);

  /// The first deadline after `now` of a read that is not finished: past its deadline a read waits
  /// for its client, whose answer wakes the instance.
  TimePoint NextDeadline(TimePoint now) const;

  // The read that has its turn, if any.

  /// Whether a response with records is on its way to its client.
  bool is_being_written() const { return !is_empty() && !reads_.front()->is_empty(); }
  /// A response with records ends where it is.
  void EndEarly();
  /// The offsets of the partition that are in the response; null when there are none.
  const Read::Range* RangeOf(const TopicPartition& partition) const;
  void Forget(const TopicPartition& partition);
  void Revoke(const TopicPartition& partition);

 private:
  using Reads = std::deque<std::unique_ptr<Read>>;

  Reads::iterator Locate(const Outbox* outbox, uint32_t ticket);
  std::unique_ptr<Read> Remove(Reads::iterator read);

  Reads reads_;
  bool has_ended_ = false;
  TimePoint ended_at_{};
  std::atomic<size_t> open_{0};  // The size of reads_.
  std::atomic<TimePoint> used_at_{Clock::now()};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_READ_QUEUE_H_
