#include "kafka/driven_read.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <utility>

namespace sluice {
namespace {

std::optional<std::string> TextOf(simdjson::dom::element element) {
  if (element.is_null()) return std::nullopt;
  std::string_view text;
  if (element.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(element);
}

simdjson::dom::element Member(simdjson::dom::element record, const char* name) {
  simdjson::dom::element element;
  EXPECT_EQ(record[name].get(element), simdjson::SUCCESS) << name;
  return element;
}

int64_t NumberOf(simdjson::dom::element element) {
  int64_t number = -1;
  EXPECT_EQ(element.get_int64().get(number), simdjson::SUCCESS);
  return number;
}

}  // namespace

std::vector<std::string> ValuesOf(const std::vector<ReadRecord>& records) {
  std::vector<std::string> values;
  for (const auto& record : records) values.push_back(record.value.value_or("null"));
  return values;
}

DrivenRead::DrivenRead(std::shared_ptr<Consumer> consumer, RecordingOutbox& outbox,
                       const ReadLimits& limits)
    : consumer_(std::move(consumer)), outbox_(outbox) {
  const ReplyTo reply_to = outbox_.NewTicket();
  ticket_ = reply_to.ticket;
  consumer_->StartRead(limits, reply_to);
}

bool DrivenRead::TakeChunk(std::chrono::milliseconds time) {
  if (is_whole_ || is_over_) return false;
  auto message = outbox_.Next(ticket_, time);
  if (!message) return false;
  switch (message->kind) {
    case MessageKind::kChunk:
      json_.append(message->chunk->data, message->chunk->size);
      taken_.push_back(std::move(message->chunk));
      is_whole_ = message->code == 1;
      return true;
    case MessageKind::kReply:
      json_.append(message->text);
      is_whole_ = true;
      is_over_ = true;
      return false;
    default:
      fault_ = std::move(message);
      is_over_ = true;
      return false;
  }
}

void DrivenRead::WriteChunk() {
  taken_.pop_front();
  consumer_->OnChunkWritten(outbox_.shared_from_this(), ticket_);
}

void DrivenRead::End(bool delivered) {
  if (is_over_) return;
  taken_.clear();
  consumer_->EndRead(outbox_.shared_from_this(), ticket_, delivered);
  AwaitLast();
}

void DrivenRead::EndAt(std::vector<PartitionOffset> next) {
  taken_.clear();
  consumer_->EndReadAt(outbox_.shared_from_this(), ticket_, std::move(next));
  AwaitLast();
}

void DrivenRead::AwaitLast() {
  // Chunks that were rendered before the engine heard of it may still come.
  for (;;) {
    auto message = outbox_.Next(ticket_);
    if (!message) {
      ADD_FAILURE() << "The end of the read was not answered.";
      break;
    }
    if (message->kind == MessageKind::kChunk) continue;
    if (message->kind != MessageKind::kReply) fault_ = std::move(message);
    break;
  }
  is_over_ = true;
}

void DrivenRead::Run(std::optional<bool> delivered) {
  while (TakeChunk()) WriteChunk();
  EXPECT_TRUE(is_whole_ || is_over_) << "The read did not end; so far: " << json_.substr(0, 200);
  if (delivered) End(*delivered);
}

std::vector<ReadRecord> DrivenRead::records() const {
  std::vector<ReadRecord> records;
  if (fault_) {
    ADD_FAILURE() << Describe(*fault_);
    return records;
  }
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  const auto error = parser.parse(json_).get_array().get(array);
  EXPECT_EQ(error, simdjson::SUCCESS) << json_.substr(0, 200);
  if (error != simdjson::SUCCESS) return records;
  for (const simdjson::dom::element element : array) {
    records.push_back({TextOf(Member(element, "topic")).value_or(""),
                       static_cast<int32_t>(NumberOf(Member(element, "partition"))),
                       NumberOf(Member(element, "offset")), TextOf(Member(element, "key")),
                       TextOf(Member(element, "value"))});
  }
  return records;
}

}  // namespace sluice
