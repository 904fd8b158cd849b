// A read of a consumer instance, driven as the event loop drives it.
#ifndef SLUICE_TEST_KAFKA_DRIVEN_READ_H_
#define SLUICE_TEST_KAFKA_DRIVEN_READ_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/consumer/consumer.h"
#include "kafka/recording_outbox.h"

namespace sluice {

/// A record as the client of a read sees it. A value that is no JSON string stands as JSON.
struct ReadRecord {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
};

/// The values, those that are null as "null".
std::vector<std::string> ValuesOf(const std::vector<ReadRecord>& records);

/// Takes the messages of one read in their order, and says to the engine what the loop would say.
class DrivenRead {
 public:
  /// Starts the read.
  DrivenRead(std::shared_ptr<Consumer> consumer, RecordingOutbox& outbox, const ReadLimits& limits);

  /// Waits for the next chunk and takes it; its memory stays in use. False when the read has
  /// nothing more to say: see is_whole() and fault().
  bool TakeChunk(std::chrono::milliseconds time = kPatience);

  /// Writes the oldest chunk that was taken: its memory goes back.
  void WriteChunk();

  /// Ends a response that was written to its end, or is given up; waits for the last message.
  void End(bool delivered);
  /// Ends one that was written to an end of its own.
  void EndAt(std::vector<PartitionOffset> next);

  /// Takes and writes all that comes. With `delivered` ends the read so.
  void Run(std::optional<bool> delivered = true);

  /// The response so far.
  const std::string& json() const { return json_; }
  /// The records of a whole response.
  std::vector<ReadRecord> records() const;
  std::vector<std::string> values() const { return ValuesOf(records()); }
  /// Whether the last chunk, or `[]`, has come.
  bool is_whole() const { return is_whole_; }
  bool is_empty() const { return json_ == "[]"; }
  /// Why there is no response.
  const std::optional<Message>& fault() const { return fault_; }
  Message TakeFault() { return std::move(*fault_); }
  /// How many chunks have come and wait to be taken.
  size_t waiting() const { return outbox_.Count(ticket_); }

 private:
  void AwaitLast();

  const std::shared_ptr<Consumer> consumer_;
  RecordingOutbox& outbox_;
  uint32_t ticket_;
  std::deque<ChunkRef> taken_;
  std::string json_;
  bool is_whole_ = false;
  bool is_over_ = false;  // Its last message came.
  std::optional<Message> fault_;
};

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_DRIVEN_READ_H_
