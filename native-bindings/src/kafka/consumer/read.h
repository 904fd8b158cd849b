// One records request: its limits, the chunk that it fills, and the offsets of its records.
#ifndef SLUICE_KAFKA_CONSUMER_READ_H_
#define SLUICE_KAFKA_CONSUMER_READ_H_

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "json/record_writer.h"
#include "kafka/chunk_pool.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// The limits of a records request, with the defaults filled in.
struct ReadLimits {
  int32_t timeout_ms = 1000;
  int64_t max_bytes = 0;   ///< The bound of keys and values, exclusive.
  int64_t min_bytes = -1;  ///< The read ends when it has more than this; negative: never.
  bool headers = false;
  bool timestamp = false;
};

/// Renders records into chunks and sends them to the loop, two at the most on their way. Used by
/// the consumer's actor only.
class Read {
 public:
  /// The outcome of offering a record.
  enum class Outcome {
    kTaken,        ///< It is in the response (its last bytes perhaps still to come).
    kFull,         ///< It exceeds the limit of the read: the read is over.
    kOversized,    ///< The first record exceeds the limit: no read with this limit can return it.
    kUndecodable,  ///< It does not have the format of the instance.
    kNoChunk,      ///< There is no room to write to now.
  };

  /// The offsets of one partition that this read has in its response.
  struct Range {
    TopicPartition partition;
    int64_t first = 0;
    int64_t next = 0;  ///< One after the last.
  };

  Read(ReplyTo reply_to, const ReadLimits& limits, TimePoint arrived, Format format,
       bool return_oversized, std::weak_ptr<ChunkWaiter> waiter);

  const ReplyTo& reply_to() const { return reply_to_; }
  /// The clock of a read runs from its arrival, even while it waits for its turn.
  TimePoint deadline() const { return deadline_; }
  /// The read waits for records no longer.
  void Hasten(TimePoint now) { deadline_ = std::min(deadline_, now); }
  bool is_empty() const { return !opened_; }
  bool is_finished() const { return phase_ == Phase::kFinished; }
  /// Whether it must take no further record, and Finish() as soon as there is room.
  bool is_ending() const { return phase_ == Phase::kEnding; }
  /// Ends a response that has records where it is.
  void EndEarly() {
    if (!is_empty() && !is_finished()) phase_ = Phase::kEnding;
  }
  const std::vector<Range>& ranges() const { return ranges_; }
  /// The partition was sought: its records are no longer delivered with this read.
  void Forget(const TopicPartition& partition);
  /// The partition was revoked: its records are no longer delivered with this read.
  void Revoke(const TopicPartition& partition);
  /// The ranges of revoked partitions.
  const std::vector<Range>& revoked() const { return revoked_; }

  /// Whether it has more bytes than it has to wait for.
  bool has_enough() const { return limits_.min_bytes >= 0 && bytes_ > limits_.min_bytes; }
  /// Whether the last record taken is not written to its end.
  bool is_in_record() const { return partial_ != nullptr; }

  /// Offers the next record. With kTaken it has taken `message` over.
  Outcome Offer(MessageRef& message);

  /// Goes on with a record that is larger than a chunk. False when there is no room now.
  bool ContinueRecord();

  /// Sends the rendered records, if there are any.
  void Flush();

  /// Ends the response: with `[]` when it is empty. Not while is_in_record().
  /// False when there is no room for the end now: to be called again.
  bool Finish();

  /// The loop has written a chunk.
  void OnWritten() { --chunks_out_; }

  // Durations, for the metrics.

  /// The first record is about to be offered. It could not have been offered before `since`: there
  /// was none, or another read had its turn.
  void OnFirstRecord(TimePoint since) { could_begin_at_ = std::max(arrived_, since); }
  /// A consumer thread has worked on the read for this time.
  void OnServed(Clock::duration duration) { work_ += duration; }
  /// The time in which consumer threads worked on the read.
  Clock::duration work() const { return work_; }

  /// The reason for the refusal of the last offered record.
  const std::string& fault() const { return fault_; }

 private:
  static constexpr int kMaxChunks = 2;

  enum class Phase {
    kTaking,
    kEnding,
    kFinished,  ///< The end was sent; EndRead() will tell whether it was delivered.
  };

  bool HasRoom();
  Outcome Begin(MessageRef& message, const ConsumedRecord& record, int64_t size);
  void WriteSeparator();
  ConsumedRecord View(const rd_kafka_message_t* message);
  void ViewHeaders(const rd_kafka_message_t* message);
  void CountIn(const rd_kafka_message_t* message, int64_t size);
  void Send(bool last);

  const ReplyTo reply_to_;
  const ReadLimits limits_;
  const bool return_oversized_;
  const std::weak_ptr<ChunkWaiter> waiter_;
  const TimePoint arrived_;
  TimePoint deadline_;
  RecordWriter writer_;

  ChunkRef chunk_;
  int chunks_out_ = 0;
  bool opened_ = false;  // It has a record, and before that its "[".
  bool has_sent_ = false;
  TimePoint could_begin_at_{};
  Clock::duration work_{};
  Phase phase_ = Phase::kTaking;
  int64_t bytes_ = 0;
  int64_t uncounted_records_ = 0;  // For the counters, which are touched a chunk, not a record.
  int64_t uncounted_bytes_ = 0;
  std::vector<Range> ranges_;
  std::vector<Range> revoked_;
  std::string fault_;

  MessageRef partial_;  // The record being written piece by piece.

  // The topic and partition of the last record: they come in runs.
  const rd_kafka_topic_t* topic_handle_ = nullptr;
  std::string_view topic_;
  size_t range_ = 0;
  std::vector<Header> headers_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_READ_H_
