#include "kafka/admin/groups.h"

#include <memory>

namespace sluice::admin {
namespace {

using DeleteGroupRef =
    std::unique_ptr<rd_kafka_DeleteGroup_t, Destroy<rd_kafka_DeleteGroup_destroy>>;
using ListGroupOffsetsRef = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                            Destroy<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using AlterGroupOffsetsRef = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                             Destroy<rd_kafka_AlterConsumerGroupOffsets_destroy>>;
using DeleteGroupOffsetsRef = std::unique_ptr<rd_kafka_DeleteConsumerGroupOffsets_t,
                                              Destroy<rd_kafka_DeleteConsumerGroupOffsets_destroy>>;

void AppendMember(const rd_kafka_MemberDescription_t* description, std::string* json) {
  json::ObjectWriter member(json);
  member.Text("id", rd_kafka_MemberDescription_consumer_id(description));
  member.Text("instance_id", rd_kafka_MemberDescription_group_instance_id(description));
  member.Text("client_id", rd_kafka_MemberDescription_client_id(description));
  member.Text("host", rd_kafka_MemberDescription_host(description));
  member.Number("protocol", rd_kafka_MemberDescription_protocol(description));
  const auto* partitions =
      rd_kafka_MemberAssignment_partitions(rd_kafka_MemberDescription_assignment(description));
  json::ArrayWriter list(member.Member("partitions"));
  for (int i = 0; partitions && i < partitions->cnt; ++i) {
    json::AppendQuoted(partitions->elems[i].topic, list.Next());
    list.Next()->append(std::to_string(partitions->elems[i].partition));
  }
}

void AppendGroup(const rd_kafka_ConsumerGroupDescription_t* description, std::string* json) {
  json::ObjectWriter group(json);
  group.Text("name", rd_kafka_ConsumerGroupDescription_group_id(description));
  group.Bool("is_simple",
             rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(description) != 0);
  group.Text("assignor", rd_kafka_ConsumerGroupDescription_partition_assignor(description));
  group.Number("state", rd_kafka_ConsumerGroupDescription_state(description));
  group.Number("type", rd_kafka_ConsumerGroupDescription_type(description));
  const auto* coordinator = rd_kafka_ConsumerGroupDescription_coordinator(description);
  group.Number("coordinator", coordinator ? rd_kafka_Node_id(coordinator) : -1);
  json::ArrayWriter members(group.Member("members"));
  const size_t count = rd_kafka_ConsumerGroupDescription_member_count(description);
  for (size_t i = 0; i < count; ++i) {
    AppendMember(rd_kafka_ConsumerGroupDescription_member(description, i), members.Next());
  }
}

/// Kafka since version 4 answers with an error; before, with this description.
void AppendMissing(const char* name, std::string* json) {
  json::ObjectWriter group(json);
  group.Text("name", name);
  group.Bool("is_simple", true);
  group.Text("assignor", "");
  group.Number("state", RD_KAFKA_CONSUMER_GROUP_STATE_DEAD);
  group.Number("type", RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN);
  group.Number("coordinator", -1);
  const json::ArrayWriter members(group.Member("members"));
}

/// The answer about one group.
std::optional<Failure> ReadGroup(const rd_kafka_group_result_t* result, std::string* json) {
  if (auto failure = FailureOf(rd_kafka_group_result_error(result))) return failure;
  const auto* partitions = rd_kafka_group_result_partitions(result);
  return partitions ? AppendPartitionRows(partitions, json) : std::nullopt;
}

}  // namespace

rd_kafka_resp_err_t ListGroups::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                     rd_kafka_queue_t* queue) const {
  rd_kafka_ListConsumerGroups(rk, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> ListGroups::Read(rd_kafka_event_t* event, std::string* json) const {
  const auto* result = rd_kafka_event_ListConsumerGroups_result(event);
  size_t count = 0;
  size_t errors_count = 0;
  const auto** groups = rd_kafka_ListConsumerGroups_result_valid(result, &count);
  const auto** errors = rd_kafka_ListConsumerGroups_result_errors(result, &errors_count);
  if (count == 0 && errors_count > 0) return FailureOf(errors[0]);
  for (size_t i = 0; i < count; ++i) {
    {
      json::ObjectWriter group(json);
      group.Text("name", rd_kafka_ConsumerGroupListing_group_id(groups[i]));
    }
    json->push_back('\n');
  }
  return std::nullopt;
}

rd_kafka_resp_err_t DescribeGroups::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                         rd_kafka_queue_t* queue) const {
  auto names = Pointers(groups);
  rd_kafka_DescribeConsumerGroups(rk, names.data(), names.size(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DescribeGroups::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** found = rd_kafka_DescribeConsumerGroups_result_groups(
      rd_kafka_event_DescribeConsumerGroups_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_ConsumerGroupDescription_group_id(found[i]);
    auto failure = FailureOf(rd_kafka_ConsumerGroupDescription_error(found[i]));
    if (!failure) {
      AppendGroup(found[i], json);
    } else if (failure->code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
      AppendMissing(name, json);
    } else if (groups.size() == 1) {
      return failure;
    } else {
      AppendFailed(name, *failure, json);
      continue;
    }
    json->push_back('\n');
  }
  return std::nullopt;
}

rd_kafka_resp_err_t DeleteGroup::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                      rd_kafka_queue_t* queue) const {
  const DeleteGroupRef deleted(rd_kafka_DeleteGroup_new(group.c_str()));
  rd_kafka_DeleteGroup_t* list[] = {deleted.get()};
  rd_kafka_DeleteGroups(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DeleteGroup::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto* result =
      rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count)[0];
  if (auto failure = FailureOf(rd_kafka_group_result_error(result))) return failure;
  json->append("true");
  return std::nullopt;
}

rd_kafka_resp_err_t ListGroupOffsets::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                           rd_kafka_queue_t* queue) const {
  const ListGroupOffsetsRef asked(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr));
  rd_kafka_ListConsumerGroupOffsets_t* list[] = {asked.get()};
  rd_kafka_ListConsumerGroupOffsets(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> ListGroupOffsets::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  return ReadGroup(rd_kafka_ListConsumerGroupOffsets_result_groups(
                       rd_kafka_event_ListConsumerGroupOffsets_result(event), &count)[0],
                   json);
}

rd_kafka_resp_err_t AlterGroupOffsets::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                            rd_kafka_queue_t* queue) const {
  const AlterGroupOffsetsRef altered(
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), ToTpl(partitions).get()));
  rd_kafka_AlterConsumerGroupOffsets_t* list[] = {altered.get()};
  rd_kafka_AlterConsumerGroupOffsets(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> AlterGroupOffsets::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  return ReadGroup(rd_kafka_AlterConsumerGroupOffsets_result_groups(
                       rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count)[0],
                   json);
}

rd_kafka_resp_err_t DeleteGroupOffsets::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                             rd_kafka_queue_t* queue) const {
  const DeleteGroupOffsetsRef deleted(
      rd_kafka_DeleteConsumerGroupOffsets_new(group.c_str(), ToTpl(partitions).get()));
  rd_kafka_DeleteConsumerGroupOffsets_t* list[] = {deleted.get()};
  rd_kafka_DeleteConsumerGroupOffsets(rk, list, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DeleteGroupOffsets::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  return ReadGroup(rd_kafka_DeleteConsumerGroupOffsets_result_groups(
                       rd_kafka_event_DeleteConsumerGroupOffsets_result(event), &count)[0],
                   json);
}

}  // namespace sluice::admin
