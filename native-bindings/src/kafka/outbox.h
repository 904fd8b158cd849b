// The receiver of the engine's answers. The JavaScript mailbox implements it, and so do tests.
#ifndef SLUICE_KAFKA_OUTBOX_H_
#define SLUICE_KAFKA_OUTBOX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "kafka/chunk_pool.h"

namespace sluice {

/// The kind of a message, and the meaning of its `code`. native.ts has the same numbers.
enum class MessageKind : int32_t {
  kReply = 0,       ///< Done. `text` is JSON or empty. A produce has its HTTP status in `code`, the
                    ///< number of failed records in `count`, and that of all in `records`.
  kFault = 1,       ///< Refused by the engine. `code` is a REST error code, `text` the message.
  kKafkaError = 2,  ///< Refused by Kafka. `code` is librdkafka's, `text` its detail.
  kChunk = 3,       ///< A piece of a read's response in `chunk`. `code` is 1 with the last one, and
                    ///< `records` the number of records that begin in it.
  kLog = 4,         ///< A log line. `code` is a syslog level (0..7), `ticket` is 0.
  kPart = 5,        ///< Of a stream or a job. `code` is a StreamPart, or a number of the worker's;
                    ///< `text` and `count` depend on it.
  kJob = 6,         ///< A job to do, in `job`. `ticket` is its id, `code` its kind, `text` its
                    ///< description.
  kJobNote = 7,     ///< About a job that was posted before. `ticket` is its id; `code`, `count`,
                    ///< `records` and `throttle_ms` are numbers of its caller's.
};

struct Job;

struct Message {
  uint32_t ticket = 0;
  MessageKind kind = MessageKind::kReply;
  int32_t code = 0;
  int32_t count = 0;
  std::string text;
  ChunkRef chunk;
  int32_t records = 0;
  int32_t throttle_ms = 0;  ///< Of a produce: how long a broker throttles the client.
  std::shared_ptr<Job> job = nullptr;
};

class Outbox {
 public:
  virtual ~Outbox() = default;

  /// Takes ownership. Messages of one ticket arrive in the order of their posting; messages
  /// that are posted after the end of the reader are dropped. Safe from any thread; never blocks
  /// for long.
  virtual void Post(Message message) = 0;
};

/// The address of an answer: the environment and its ticket. Answers without an outbox are
/// dropped.
struct ReplyTo {
  std::shared_ptr<Outbox> outbox;
  uint32_t ticket = 0;

  void Reply(std::string text, int32_t code = 0, int32_t count = 0, int32_t records = 0,
             int32_t throttle_ms = 0) const {
    if (!outbox) return;
    outbox->Post(
        {ticket, MessageKind::kReply, code, count, std::move(text), nullptr, records, throttle_ms});
  }
  void Fault(int32_t error_code, std::string message) const {
    if (outbox)
      outbox->Post({ticket, MessageKind::kFault, error_code, 0, std::move(message), nullptr, 0, 0});
  }
  void Part(int32_t code, int32_t count, std::string text) const {
    if (outbox)
      outbox->Post({ticket, MessageKind::kPart, code, count, std::move(text), nullptr, 0, 0});
  }
  void KafkaError(int32_t code, std::string detail) const {
    if (outbox)
      outbox->Post({ticket, MessageKind::kKafkaError, code, 0, std::move(detail), nullptr, 0, 0});
  }
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_OUTBOX_H_
