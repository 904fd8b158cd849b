#include "kafka/admin_calls.h"

#include <string_view>
#include <utility>

#include "json/escape.h"
#include "kafka/engine.h"
#include "kafka/handles.h"

namespace sluice::admin {
namespace {

using Failure = PendingCalls::Failure;

void AppendNodeIds(const rd_kafka_Node_t** nodes, size_t count, std::string* json) {
  json->push_back('[');
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json->push_back(',');
    json->append(std::to_string(rd_kafka_Node_id(nodes[i])));
  }
  json->push_back(']');
}

/// The id of a node, or -1 for none.
std::string IdOf(const rd_kafka_Node_t* node) {
  return std::to_string(node ? rd_kafka_Node_id(node) : -1);
}

void AppendPartition(const rd_kafka_TopicPartitionInfo_t* partition, std::string* json) {
  json->append("{\"partition\":")
      .append(std::to_string(rd_kafka_TopicPartitionInfo_partition(partition)))
      .append(",\"leader\":")
      .append(IdOf(rd_kafka_TopicPartitionInfo_leader(partition)));
  size_t count = 0;
  json->append(",\"replicas\":");
  const auto** replicas = rd_kafka_TopicPartitionInfo_replicas(partition, &count);
  AppendNodeIds(replicas, count, json);
  json->append(",\"isr\":");
  const auto** isr = rd_kafka_TopicPartitionInfo_isr(partition, &count);
  AppendNodeIds(isr, count, json);
  json->push_back('}');
}

void AppendMember(const rd_kafka_MemberDescription_t* member, std::string_view topic,
                  std::string* json) {
  json->append("{\"client_id\":");
  json::AppendQuoted(rd_kafka_MemberDescription_client_id(member), json);
  json->append(",\"partitions\":[");
  const auto* partitions =
      rd_kafka_MemberAssignment_partitions(rd_kafka_MemberDescription_assignment(member));
  bool is_first = true;
  for (int i = 0; partitions && i < partitions->cnt; ++i) {
    if (partitions->elems[i].topic != topic) continue;
    if (!std::exchange(is_first, false)) json->push_back(',');
    json->append(std::to_string(partitions->elems[i].partition));
  }
  json->append("]}");
}

Failure FailureOf(rd_kafka_resp_err_t error, std::string detail, std::string_view topic) {
  return {error, Engine::Get().errors().Explain(error, std::move(detail), topic)};
}

}  // namespace

void DescribeCluster::Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const {
  rd_kafka_DescribeCluster(rk, options, queue);
}

std::optional<Failure> DescribeCluster::Read(rd_kafka_event_t* event, std::string* json) const {
  const auto* result = rd_kafka_event_DescribeCluster_result(event);
  const char* id = rd_kafka_DescribeCluster_result_cluster_id(result);
  json->append("{\"cluster_id\":");
  json::AppendQuoted(id ? id : "", json);
  json->append(",\"controller_id\":")
      .append(IdOf(rd_kafka_DescribeCluster_result_controller(result)))
      .append(",\"brokers\":");
  size_t count = 0;
  const auto** nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
  AppendNodeIds(nodes, count, json);
  json->push_back('}');
  return std::nullopt;
}

void DescribeTopic::Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                         rd_kafka_queue_t* queue) const {
  const char* name = topic.c_str();
  rd_kafka_TopicCollection_t* topics = rd_kafka_TopicCollection_of_topic_names(&name, 1);
  rd_kafka_DescribeTopics(rk, topics, options, queue);
  rd_kafka_TopicCollection_destroy(topics);
}

std::optional<Failure> DescribeTopic::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const rd_kafka_TopicDescription_t* description =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &count)[0];
  const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(description);
  const auto code = rd_kafka_error_code(error);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return FailureOf(code, rd_kafka_error_string(error), topic);
  }
  json->append("{\"name\":");
  json::AppendQuoted(rd_kafka_TopicDescription_name(description), json);
  json->append(",\"partitions\":[");
  const auto** partitions = rd_kafka_TopicDescription_partitions(description, &count);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json->push_back(',');
    AppendPartition(partitions[i], json);
  }
  json->append("]}");
  return std::nullopt;
}

void DescribeTopicConfigs::Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                                rd_kafka_queue_t* queue) const {
  rd_kafka_ConfigResource_t* resource =
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  rd_kafka_DescribeConfigs(rk, &resource, 1, options, queue);
  rd_kafka_ConfigResource_destroy(resource);
}

std::optional<Failure> DescribeTopicConfigs::Read(rd_kafka_event_t* event,
                                                  std::string* json) const {
  size_t count = 0;
  const rd_kafka_ConfigResource_t* resource = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event), &count)[0];
  const auto error = rd_kafka_ConfigResource_error(resource);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* detail = rd_kafka_ConfigResource_error_string(resource);
    return FailureOf(error, detail ? detail : rd_kafka_err2str(error), topic);
  }
  const auto** entries = rd_kafka_ConfigResource_configs(resource, &count);
  json->push_back('{');
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json->push_back(',');
    json::AppendQuoted(rd_kafka_ConfigEntry_name(entries[i]), json);
    json->push_back(':');
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value && !rd_kafka_ConfigEntry_is_sensitive(entries[i])) {
      json::AppendQuoted(value, json);
    } else {
      json->append("null");
    }
  }
  json->push_back('}');
  return std::nullopt;
}

void ListOffset::Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                      rd_kafka_queue_t* queue) const {
  const TplRef tpl = NewTpl(1);
  Add(tpl, partition)->offset = spec;
  rd_kafka_ListOffsets(rk, tpl.get(), options, queue);
}

std::optional<Failure> ListOffset::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
  const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
  const rd_kafka_resp_err_t error = ListingError(*found);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return FailureOf(error, rd_kafka_err2str(error), found->topic);
  }
  json->append(std::to_string(found->offset));
  return std::nullopt;
}

void DescribeGroup::Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                         rd_kafka_queue_t* queue) const {
  const char* name = group.c_str();
  rd_kafka_DescribeConsumerGroups(rk, &name, 1, options, queue);
}

std::optional<Failure> DescribeGroup::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto* description = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event), &count)[0];
  const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(description);
  const auto code = rd_kafka_error_code(error);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
    return FailureOf(code, rd_kafka_error_string(error), {});
  }
  json->push_back('[');
  count = rd_kafka_ConsumerGroupDescription_member_count(description);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json->push_back(',');
    AppendMember(rd_kafka_ConsumerGroupDescription_member(description, i), topic, json);
  }
  json->push_back(']');
  return std::nullopt;
}

void CreateCompactedTopic::Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                                rd_kafka_queue_t* queue) const {
  char reason[512];
  constexpr int kClustersDefault = -1;
  rd_kafka_NewTopic_t* created =
      rd_kafka_NewTopic_new(topic.c_str(), partitions, kClustersDefault, reason, sizeof(reason));
  rd_kafka_NewTopic_set_config(created, "cleanup.policy", "compact");
  rd_kafka_CreateTopics(rk, &created, 1, options, queue);
  rd_kafka_NewTopic_destroy(created);
}

std::optional<Failure> CreateCompactedTopic::Read(rd_kafka_event_t* event,
                                                  std::string* json) const {
  size_t count = 0;
  const rd_kafka_topic_result_t* result =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)[0];
  const auto error = rd_kafka_topic_result_error(result);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    const char* detail = rd_kafka_topic_result_error_string(result);
    return FailureOf(error, detail ? detail : rd_kafka_err2str(error), topic);
  }
  json->append("true");
  return std::nullopt;
}

std::string TopicNames(const rd_kafka_metadata_t* metadata) {
  std::string json = "[";
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (i > 0) json.push_back(',');
    json::AppendQuoted(metadata->topics[i].topic, &json);
  }
  return json + ']';
}

}  // namespace sluice::admin
