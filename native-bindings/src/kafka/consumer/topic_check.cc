#include "kafka/consumer/topic_check.h"

#include <chrono>
#include <vector>

#include "kafka/engine.h"

namespace sluice {
namespace {

constexpr int kDescribeTimeoutMs = 10'000;
constexpr std::chrono::seconds kCheckPause{1};

bool IsUnknown(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

}  // namespace

void TopicCheck::CheckSubscribed() {
  Check({membership_.topics().begin(), membership_.topics().end()});
}

void TopicCheck::CheckFaulty() {
  std::set<std::string> names;
  if (membership_.has_manual_assignment()) {
    for (const auto& [partition, state] : positions_) names.insert(partition.topic);
  } else {
    for (const auto& [topic, error] : faults_.topics()) names.insert(topic);
  }
  Check(names);
}

void TopicCheck::Check(const std::set<std::string>& names) {
  if (names.empty()) return;
  std::vector<const char*> list;
  for (const auto& name : names) list.push_back(name.c_str());
  next_check_ = Clock::now() + kCheckPause;
  const auto ask = [&](void* call, int timeout_ms) {
    const OptionsRef options =
        AdminOptions(client_.handle(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout_ms, call);
    rd_kafka_TopicCollection_t* topics =
        rd_kafka_TopicCollection_of_topic_names(list.data(), list.size());
    rd_kafka_DescribeTopics(client_.handle(), topics, options.get(), client_.events());
    rd_kafka_TopicCollection_destroy(topics);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto on_result = [this](rd_kafka_event_t* event) {
    size_t count = 0;
    const auto** topics =
        rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &count);
    for (size_t i = 0; i < count; ++i) OnDescribed(topics[i]);
    return std::nullopt;
  };
  // Once: the next read that finds nothing asks again.
  client_.calls().AddOnce({}, kDescribeTimeoutMs, ask, on_result);
}

void TopicCheck::OnDescribed(const rd_kafka_TopicDescription_t* topic) {
  const char* name = rd_kafka_TopicDescription_name(topic);
  const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topic);
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  OnSubscribedDescribed(name, code);
  size_t count = 0;
  rd_kafka_TopicDescription_partitions(topic, &count);
  if (!membership_.has_manual_assignment()) return;
  for (auto& [partition, state] : positions_) {
    if (partition.topic != name) continue;
    const bool exists = static_cast<size_t>(partition.partition) < count;
    const bool was_absent = state.absence != RD_KAFKA_RESP_ERR_NO_ERROR;
    state.absence = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code
                    : exists                           ? RD_KAFKA_RESP_ERR_NO_ERROR
                                                       : RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    if (state.absence != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (!state.is_stopped || (!was_absent && !IsUnknown(state.error))) continue;
    fetching_.Resume(partition, &state);
  }
}

void TopicCheck::OnSubscribedDescribed(const std::string& topic, rd_kafka_resp_err_t error) {
  if (!membership_.Has(topic)) return;
  if (Engine::Get().errors().Passes(error)) return;
  // A group may be subscribed to topics that do not exist yet.
  faults_.OnTopic(topic, IsUnknown(error) ? RD_KAFKA_RESP_ERR_NO_ERROR : error);
}

}  // namespace sluice
