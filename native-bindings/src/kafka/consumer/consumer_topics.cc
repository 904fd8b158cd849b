// The topics that keep a consumer instance from reading: their errors, and partitions that are
// absent.
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "kafka/consumer/consumer.h"
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

/// Asks the cluster again about topics that keep the instance from reading: librdkafka waits in
/// silence for partitions that do not exist, and says once that a topic is not for us.
void Consumer::CheckFaultyTopics() {
  std::set<std::string> names;
  if (membership_.has_manual_assignment()) {
    for (const auto& [partition, state] : positions_) names.insert(partition.topic);
  } else {
    for (const auto& [topic, error] : faults_.topics()) names.insert(topic);
  }
  CheckTopics(names);
}

void Consumer::CheckTopics(const std::set<std::string>& names) {
  if (names.empty()) return;
  std::vector<const char*> list;
  for (const auto& name : names) list.push_back(name.c_str());
  next_check_ = Clock::now() + kCheckPause;
  const auto ask = [&](void* call, int timeout_ms) {
    const OptionsRef options =
        AdminOptions(rk_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, timeout_ms, call);
    rd_kafka_TopicCollection_t* topics =
        rd_kafka_TopicCollection_of_topic_names(list.data(), list.size());
    rd_kafka_DescribeTopics(rk_, topics, options.get(), events_.get());
    rd_kafka_TopicCollection_destroy(topics);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto on_result = [this](rd_kafka_event_t* event) {
    size_t count = 0;
    const auto** topics =
        rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &count);
    for (size_t i = 0; i < count; ++i) OnTopicDescribed(topics[i]);
    return std::nullopt;
  };
  // Once: the next read that finds nothing asks again.
  calls_.AddOnce({}, kDescribeTimeoutMs, ask, on_result);
}

void Consumer::OnTopicDescribed(const rd_kafka_TopicDescription_t* topic) {
  const char* name = rd_kafka_TopicDescription_name(topic);
  const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topic);
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  OnSubscribedTopicDescribed(name, code);
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
    // It has come; but librdkafka gave up on it.
    state.error = RD_KAFKA_RESP_ERR_NO_ERROR;
    state.seek_to = PositionOf(partition, state);
    positions_.seeks().Add();
  }
}

void Consumer::OnSubscribedTopicDescribed(const std::string& topic, rd_kafka_resp_err_t error) {
  if (!membership_.Has(topic)) return;
  if (Engine::Get().errors().Passes(error)) return;
  // A group may be subscribed to topics that do not exist yet.
  faults_.OnTopic(topic, IsUnknown(error) ? RD_KAFKA_RESP_ERR_NO_ERROR : error);
}

}  // namespace sluice
