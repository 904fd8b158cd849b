// Records that librdkafka fetched ahead for one consumer instance, and that no response has yet.
#ifndef SLUICE_KAFKA_CONSUMER_FETCHED_RECORDS_H_
#define SLUICE_KAFKA_CONSUMER_FETCHED_RECORDS_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kafka/consumer/positions.h"
#include "kafka/handles.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Whether a message stands for a broker's refusal to return the record at its offset. A record
/// that librdkafka cannot read has an offset too, but librdkafka goes on behind it.
inline bool IsRefusedFetch(const rd_kafka_message_t* message) {
  return message->err > RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= 0;
}

/// The records have a queue apart from the group's events, so that a rebalance is served at once
/// even without reads, and records stay in librdkafka (bounded, and not fetched any further) until
/// a read takes them. Used by the consumer's actor only, except where said.
class FetchedRecords {
 public:
  /// Wakes `actor` when records arrive at an empty queue.
  FetchedRecords(rd_kafka_t* rk, Actor& actor);
  ~FetchedRecords();
  FetchedRecords(const FetchedRecords&) = delete;
  FetchedRecords& operator=(const FetchedRecords&) = delete;

  /// Makes the records of a partition come here. To be called before it is assigned.
  void Attach(const TopicPartition& partition);

  /// The next record, or an error in its place (`err` set); null when
  /// there is none now. Stays until Pop(). Takes some from librdkafka when the last batch is used
  /// up.
  rd_kafka_message_t* Peek();

  /// Takes the available records from librdkafka, if they are not more than `most`. Control records
  /// only move the position.
  void TakeFew(size_t most);

  /// Fills a batch that is partly used up.
  void Refill();

  /// Whether Peek() would have to request more records from librdkafka.
  bool is_batch_used_up() const { return next_ == batch_.size(); }

  /// Takes the record that Peek() gave.
  MessageRef Pop();

  /// Puts back the last record of Pop().
  void Unpop(MessageRef message) { batch_[--next_] = message.release(); }

  /// Whether there is neither a record nor an error to Peek() at.
  bool is_empty() const { return is_batch_used_up() && rd_kafka_queue_length(queue_.get()) == 0; }

  /// Takes up to `count` more records from librdkafka, to be popped later, if it has them now, and
  /// removes outdated ones before the last of them.
  void Take(size_t count);

  /// The last time at which records arrived at an empty queue.
  TimePoint arrived_at() const { return arrived_at_.load(std::memory_order_relaxed); }

  /// The bytes of keys and values that were taken from librdkafka and not yet popped.
  int64_t batch_bytes() const;

  /// The offset of the next record that Pop() will give of a partition; RD_KAFKA_OFFSET_INVALID
  /// when none was fetched since it was assigned or sought.
  int64_t PositionOf(const TopicPartition& partition) const;

  /// Drops the records taken from librdkafka and not yet popped: of one partition, or all.
  void Drop(const TopicPartition& partition);
  void DropAll();

  /// Updates the gauge of fetched bytes with librdkafka's statistics.
  void OnStatistics(std::string_view json);

  // Pausing. As long as a queue is full, librdkafka looks every millisecond for room, which for one
  // instance is most of a percent of a core: hundreds of unread instances would leave no time to
  // the others.

  /// A read has taken records.
  void OnTaken() { has_taken_ = true; }
  /// Pauses the assigned partitions when no read has taken records for some time, and resumes them
  /// when the kept records are used up. Called once in each run of the actor.
  void PauseUnread(const Positions& positions, TimePoint now);
  /// To be called before any change of the assignment or of positions, so that no partition stays
  /// paused.
  void Resume();
  bool is_paused() const { return unread_ == Unread::kPaused; }
  /// The time of the next call of PauseUnread(), or TimePoint::max().
  TimePoint NextAlarm() const;

 private:
  static constexpr size_t kBatch = 512;

  /// Records that wait in librdkafka's queue.
  enum class Unread {
    kNone,
    kWaiting,  ///< Since unread_since_ no read has taken any.
    kPaused,   ///< All partitions are paused.
  };

  /// Called on a librdkafka thread, with the queue locked.
  static void OnArrival(rd_kafka_t* rk, void* self);
  /// Moves up to `count` records from librdkafka to the end of batch_.
  void Append(size_t count);
  void Pause(const Positions& positions);
  void SetGauge(int64_t bytes);

  rd_kafka_t* rk_;
  Actor& actor_;
  std::atomic<TimePoint> arrived_at_{TimePoint{}};  // Set by OnArrival().
  QueueRef queue_;
  std::vector<rd_kafka_message_t*> batch_;
  size_t next_ = 0;

  Unread unread_ = Unread::kNone;
  TimePoint unread_since_{};  // Unless it is kNone.
  bool has_taken_ = false;    // Since the last PauseUnread().
  TplRef paused_;             // While it is kPaused.
  int64_t gauge_ = 0;         // The part of this instance in the gauge of fetched bytes.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_FETCHED_RECORDS_H_
