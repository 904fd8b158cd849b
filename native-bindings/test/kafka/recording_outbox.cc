#include "kafka/recording_outbox.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

namespace sluice {

bool Eventually(const std::function<bool()>& condition, std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void RecordingOutbox::Post(Message message) {
  std::lock_guard lock(mutex_);
  messages_[message.ticket].push_back(std::move(message));
  arrival_.notify_all();
}

ReplyTo RecordingOutbox::NewTicket() { return {shared_from_this(), ++last_ticket_}; }

std::optional<Message> RecordingOutbox::Next(uint32_t ticket, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  auto& waiting = messages_[ticket];
  if (!arrival_.wait_for(lock, time, [&] { return !waiting.empty(); })) return std::nullopt;
  Message message = std::move(waiting.front());
  waiting.pop_front();
  return message;
}

size_t RecordingOutbox::Count(uint32_t ticket) {
  std::lock_guard lock(mutex_);
  return messages_[ticket].size();
}

Message RecordingOutbox::Call(const std::function<void(ReplyTo)>& call) {
  const ReplyTo reply_to = NewTicket();
  call(reply_to);
  auto message = Next(reply_to.ticket);
  if (message) return std::move(*message);
  ADD_FAILURE() << "The call was not answered.";
  return {reply_to.ticket, MessageKind::kFault, -1, 0, "not answered", nullptr};
}

std::string Describe(const Message& message) {
  static constexpr const char* kKinds[] = {"reply", "fault", "Kafka error", "chunk", "log"};
  return std::string(kKinds[static_cast<int>(message.kind)]) + " " + std::to_string(message.code) +
         ": " + message.text;
}

}  // namespace sluice
