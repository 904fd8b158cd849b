#include "kafka/error_table.h"

#include <utility>

namespace sluice {
namespace {

constexpr int32_t kOtherKafkaError = 50002;
constexpr int32_t kRetriableKafkaError = 50003;

void Replace(std::string* text, std::string_view name, std::string_view value) {
  for (size_t at = 0; (at = text->find(name, at)) != std::string::npos; at += value.size()) {
    text->replace(at, name.size(), value);
  }
}

}  // namespace

void ErrorTable::Set(Rows rows) {
  auto table = std::make_unique<const Rows>(std::move(rows));
  const Rows* none = nullptr;
  if (rows_.compare_exchange_strong(none, table.get(), std::memory_order_acq_rel)) {
    static_cast<void>(table.release());
  }
}

const ErrorTable::Row* ErrorTable::Find(rd_kafka_resp_err_t error) const {
  const Rows* rows = rows_.load(std::memory_order_acquire);
  if (!rows) return nullptr;
  const auto found = rows->find(error);
  return found == rows->end() ? nullptr : &found->second;
}

int32_t ErrorTable::RestCode(rd_kafka_resp_err_t error) const {
  const Row* row = Find(error);
  return row ? row->rest_code : kOtherKafkaError;
}

int32_t ErrorTable::StreamCode(rd_kafka_resp_err_t error) const {
  const Row* row = Find(error);
  return row && row->stream_code != 0 ? row->stream_code : RestCode(error);
}

bool ErrorTable::Passes(rd_kafka_resp_err_t error) const {
  switch (error) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__DESTROY:  // The client ends.
      return false;
    default:
      return RestCode(error) == kRetriableKafkaError;
  }
}

std::string ErrorTable::Text(rd_kafka_resp_err_t error, const ErrorContext& context) const {
  const Row* row = Find(error);
  if (!row || row->text.empty()) return rd_kafka_err2str(error);
  std::string text = row->text;
  Replace(&text, "{partition}", std::to_string(context.partition));
  Replace(&text, "{size}", std::to_string(context.size));
  Replace(&text, "{limit}", std::to_string(context.limit));
  Replace(&text, "{timeout}", std::to_string(context.timeout_ms));
  // Last, and not both: a name may look like a placeholder.
  if (context.group.empty()) {
    Replace(&text, "{topic}", context.topic);
  } else {
    Replace(&text, "{group}", context.group);
  }
  return text;
}

std::string ErrorTable::Explain(rd_kafka_resp_err_t error, std::string detail,
                                std::string_view topic, std::string_view group) const {
  ErrorContext context;
  if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
    context.topic = topic;
  } else if (error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    context.group = group;
  }
  const bool is_known = !context.topic.empty() || !context.group.empty();
  return is_known ? Text(error, context) : detail;
}

}  // namespace sluice
