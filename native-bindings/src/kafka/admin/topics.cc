#include "kafka/admin/topics.h"

#include <charconv>
#include <memory>
#include <utility>

namespace sluice::admin {
namespace {

using CollectionRef =
    std::unique_ptr<rd_kafka_TopicCollection_t, Destroy<rd_kafka_TopicCollection_destroy>>;
using NewTopicRef = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using NewPartitionsRef =
    std::unique_ptr<rd_kafka_NewPartitions_t, Destroy<rd_kafka_NewPartitions_destroy>>;
using DeleteTopicRef =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Destroy<rd_kafka_DeleteTopic_destroy>>;

void AppendNodes(const rd_kafka_Node_t** nodes, size_t count, std::string* json) {
  json::ArrayWriter ids(json);
  for (size_t i = 0; i < count; ++i) ids.Next()->append(std::to_string(rd_kafka_Node_id(nodes[i])));
}

void AppendPartition(const rd_kafka_TopicPartitionInfo_t* info, std::string* json) {
  json::ObjectWriter partition(json);
  partition.Number("partition", rd_kafka_TopicPartitionInfo_partition(info));
  const rd_kafka_Node_t* leader = rd_kafka_TopicPartitionInfo_leader(info);
  partition.Number("leader", leader ? rd_kafka_Node_id(leader) : -1);
  size_t count = 0;
  const auto** replicas = rd_kafka_TopicPartitionInfo_replicas(info, &count);
  AppendNodes(replicas, count, partition.Member("replicas"));
  const auto** isr = rd_kafka_TopicPartitionInfo_isr(info, &count);
  AppendNodes(isr, count, partition.Member("isr"));
}

/// The first partition may be at any place of the list.
size_t ReplicationFactor(const rd_kafka_TopicPartitionInfo_t** partitions, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_TopicPartitionInfo_partition(partitions[i]) != 0) continue;
    size_t replicas = 0;
    rd_kafka_TopicPartitionInfo_replicas(partitions[i], &replicas);
    return replicas;
  }
  return 0;
}

void AppendTopic(const rd_kafka_TopicDescription_t* description, bool with_partitions,
                 std::string* json) {
  size_t count = 0;
  const auto** partitions = rd_kafka_TopicDescription_partitions(description, &count);
  json::ObjectWriter topic(json);
  topic.Text("name", rd_kafka_TopicDescription_name(description));
  topic.Bool("is_internal", rd_kafka_TopicDescription_is_internal(description) != 0);
  topic.Number("partitions_count", static_cast<int64_t>(count));
  topic.Number("replication_factor", static_cast<int64_t>(ReplicationFactor(partitions, count)));
  {
    size_t operations_count = 0;
    const auto* operations =
        rd_kafka_TopicDescription_authorized_operations(description, &operations_count);
    json::ArrayWriter numbers(topic.Member("operations"));
    for (size_t i = 0; i < operations_count; ++i) {
      numbers.Next()->append(std::to_string(operations[i]));
    }
  }
  json::ArrayWriter items(topic.Member("partitions"));
  for (size_t i = 0; with_partitions && i < count; ++i)
    AppendPartition(partitions[i], items.Next());
}

/// Reads `1,2,3`, which the caller has checked.
std::vector<int32_t> Brokers(const std::string& text) {
  std::vector<int32_t> brokers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    int32_t broker = 0;
    const auto [next, error] = std::from_chars(at, end, broker);
    if (error != std::errc()) break;
    brokers.push_back(broker);
    at = next + 1;
  }
  return brokers;
}

std::optional<Failure> FailureOfTopic(const rd_kafka_topic_result_t* result) {
  const auto error = rd_kafka_topic_result_error(result);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return FailureOf(error, rd_kafka_topic_result_error_string(result),
                   rd_kafka_topic_result_name(result));
}

std::optional<Failure> Done(const rd_kafka_topic_result_t* result, std::string* json) {
  if (auto failure = FailureOfTopic(result)) return failure;
  json->append("true");
  return std::nullopt;
}

}  // namespace

std::string TopicNames(const rd_kafka_metadata_t* metadata) {
  std::string json;
  {
    json::ArrayWriter names(&json);
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      json::AppendQuoted(metadata->topics[i].topic, names.Next());
    }
  }
  return json;
}

rd_kafka_resp_err_t DescribeTopics::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                         rd_kafka_queue_t* queue) const {
  auto names = Pointers(topics);
  const CollectionRef collection(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  if (with_operations) {
    const ErrorRef error(rd_kafka_AdminOptions_set_include_authorized_operations(options, 1));
  }
  rd_kafka_DescribeTopics(rk, collection.get(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DescribeTopics::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** found =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_TopicDescription_name(found[i]);
    if (auto failure = FailureOf(rd_kafka_TopicDescription_error(found[i]), name)) {
      if (topics.size() == 1) return failure;
      AppendFailed(name, *failure, json);
      continue;
    }
    AppendTopic(found[i], with_partitions, json);
    json->push_back('\n');
  }
  return std::nullopt;
}

rd_kafka_resp_err_t CreateTopic::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                      rd_kafka_queue_t* queue) const {
  char reason[kMaxReason];
  const auto count = assignments.empty() ? partitions : static_cast<int32_t>(assignments.size());
  const NewTopicRef created(rd_kafka_NewTopic_new(
      topic.c_str(), count, assignments.empty() ? replication_factor : -1, reason, sizeof(reason)));
  if (!created) return RD_KAFKA_RESP_ERR__INVALID_ARG;
  for (size_t i = 0; i < assignments.size(); ++i) {
    auto brokers = Brokers(assignments[i]);
    const auto error = rd_kafka_NewTopic_set_replica_assignment(
        created.get(), static_cast<int32_t>(i), brokers.data(), brokers.size(), reason,
        sizeof(reason));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  }
  for (size_t i = 0; i + 1 < configs.size(); i += 2) {
    rd_kafka_NewTopic_set_config(created.get(), configs[i].c_str(), configs[i + 1].c_str());
  }
  if (validate_only) rd_kafka_AdminOptions_set_validate_only(options, 1, reason, sizeof(reason));
  rd_kafka_NewTopic_t* topics[] = {created.get()};
  rd_kafka_CreateTopics(rk, topics, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> CreateTopic::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  return Done(
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)[0],
      json);
}

rd_kafka_resp_err_t CreateCompactedTopic::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                               rd_kafka_queue_t* queue) const {
  CreateTopic call;
  call.topic = topic;
  call.partitions = partitions;
  call.configs = {"cleanup.policy", "compact"};
  return call.Send(rk, options, queue);
}

std::optional<Failure> CreateCompactedTopic::Read(rd_kafka_event_t* event,
                                                  std::string* json) const {
  size_t count = 0;
  const rd_kafka_topic_result_t* result =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)[0];
  auto failure = FailureOfTopic(result);
  if (failure && failure->code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return failure;
  json->append("true");
  return std::nullopt;
}

rd_kafka_resp_err_t CreatePartitions::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                           rd_kafka_queue_t* queue) const {
  char reason[kMaxReason];
  if (total < 1) return RD_KAFKA_RESP_ERR_INVALID_PARTITIONS;
  const NewPartitionsRef added(
      rd_kafka_NewPartitions_new(topic.c_str(), total, reason, sizeof(reason)));
  if (!added) return RD_KAFKA_RESP_ERR_INVALID_PARTITIONS;
  rd_kafka_NewPartitions_t* list[] = {added.get()};
  rd_kafka_CreatePartitions(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> CreatePartitions::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  return Done(rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event),
                                                      &count)[0],
              json);
}

rd_kafka_resp_err_t DeleteTopic::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                      rd_kafka_queue_t* queue) const {
  const DeleteTopicRef deleted(rd_kafka_DeleteTopic_new(topic.c_str()));
  rd_kafka_DeleteTopic_t* list[] = {deleted.get()};
  rd_kafka_DeleteTopics(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DeleteTopic::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  return Done(
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)[0],
      json);
}

}  // namespace sluice::admin
