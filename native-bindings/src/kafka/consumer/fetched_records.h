// Records that librdkafka fetched ahead for one consumer instance, and that no response has yet.
#ifndef SLUICE_KAFKA_CONSUMER_FETCHED_RECORDS_H_
#define SLUICE_KAFKA_CONSUMER_FETCHED_RECORDS_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/handles.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// Whether it stands for the refusal of a broker to give what is at its offset. What librdkafka
/// itself cannot read has an offset too, but it has left that behind.
inline bool IsRefusedFetch(const rd_kafka_message_t* message) {
  return message->err > RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= 0;
}

/// A queue of its own, apart from the group's events: so that a rebalance is served at once even
/// if nobody reads, and records stay in librdkafka (bounded, and not fetched any further) until
/// a read takes them. Used by the consumer's actor only, except where said.
class FetchedRecords {
 public:
  /// `on_arrival` is called with `opaque` on a librdkafka thread, with the queue locked, when
  /// records arrive at an empty queue.
  FetchedRecords(rd_kafka_t* rk, void (*on_arrival)(rd_kafka_t*, void*), void* opaque);
  ~FetchedRecords();
  FetchedRecords(const FetchedRecords&) = delete;
  FetchedRecords& operator=(const FetchedRecords&) = delete;

  /// Makes the records of a partition come here. To be called before it is assigned.
  void Attach(const TopicPartition& partition);

  /// The next record, or an error in its place (`err` set); null when
  /// there is none now. Stays until Pop(). Takes some from librdkafka when the last batch is used
  /// up.
  rd_kafka_message_t* Peek();

  /// Takes what librdkafka has, if that is not more than `most`. Control records among it only move
  /// its position.
  void TakeFew(size_t most);

  /// Fills a batch that is partly used up.
  void Refill();

  /// Whether Peek() would have to ask librdkafka for more.
  bool is_batch_used_up() const { return next_ == batch_.size(); }

  /// Takes the record that Peek() gave.
  MessageRef Pop();

  /// Puts back what Pop() gave last.
  void Unpop(MessageRef message) { batch_[--next_] = message.release(); }

  /// Whether there is neither a record nor an error to Peek() at.
  bool is_empty() const { return is_batch_used_up() && rd_kafka_queue_length(queue_.get()) == 0; }

  /// Takes up to `count` records more from librdkafka, to be popped later, if it has them now; what
  /// is outdated before the last of them goes away.
  void Take(size_t count);

  /// The bytes of keys and values that were taken from librdkafka and not yet popped.
  int64_t batch_bytes() const;

  /// The offset of the next record that Pop() will give of a partition; RD_KAFKA_OFFSET_INVALID
  /// when none was fetched since it was assigned or sought.
  int64_t PositionOf(const TopicPartition& partition) const;

  /// Drops what was taken from librdkafka and not yet popped: of one partition, or all.
  void Drop(const TopicPartition& partition);
  void DropAll();

 private:
  static constexpr size_t kBatch = 512;

  /// Moves up to `count` records from librdkafka to the end of batch_.
  void Append(size_t count);

  rd_kafka_t* rk_;
  QueueRef queue_;
  std::vector<rd_kafka_message_t*> batch_;
  size_t next_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_FETCHED_RECORDS_H_
