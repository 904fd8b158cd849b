// An outbox that keeps what the engine posts, so that a test can wait for it.
#ifndef SLUICE_TEST_KAFKA_RECORDING_OUTBOX_H_
#define SLUICE_TEST_KAFKA_RECORDING_OUTBOX_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "kafka/outbox.h"

namespace sluice {

/// How long a test waits for what must come. Only a failing test waits so long.
inline constexpr std::chrono::seconds kPatience{60};

/// Asks until `condition` holds; false when it does not in time. For states that nothing announces.
bool Eventually(const std::function<bool()>& condition, std::chrono::milliseconds time = kPatience);

/// Stands for the mailbox of one JavaScript environment. Safe from any thread.
class RecordingOutbox final : public Outbox, public std::enable_shared_from_this<RecordingOutbox> {
 public:
  void Post(Message message) override;

  /// The address of a new ticket.
  ReplyTo NewTicket();

  /// Waits for the next message of a ticket and takes it. None when none comes in time.
  std::optional<Message> Next(uint32_t ticket, std::chrono::milliseconds time = kPatience);

  /// How many messages of a ticket wait to be taken.
  size_t Count(uint32_t ticket);

  /// Makes a call and waits for its one answer.
  Message Call(const std::function<void(ReplyTo)>& call);

 private:
  std::atomic<uint32_t> last_ticket_{0};

  std::mutex mutex_;  // Guards the following.
  std::condition_variable arrival_;
  std::map<uint32_t, std::deque<Message>> messages_;
};

/// Message kinds and codes in words, for the output of a failed expectation.
std::string Describe(const Message& message);

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_RECORDING_OUTBOX_H_
