// The calls of the admin client about consumer groups and their committed offsets.
#ifndef SLUICE_KAFKA_ADMIN_GROUPS_H_
#define SLUICE_KAFKA_ADMIN_GROUPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/admin/call.h"
#include "kafka/admin/offsets.h"

namespace sluice::admin {

/// Rows of names: `{"name":…}`. Groups of brokers that failed to list theirs are missing.
struct ListGroups : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS;
  auto Arguments() { return std::tie(); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows of groups: `{"name":…,"is_simple":…,"assignor":…,"state":rd_kafka_consumer_group_state_t,
/// "type":rd_kafka_consumer_group_type_t,"coordinator":id or -1,"members":[{"id":…,"instance_id":…
/// or null,"client_id":…,"host":…,"partitions":[topic,partition,topic,…]},…]}`. A group that does
/// not exist is simple and dead.
struct DescribeGroups : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
  std::vector<std::string> groups;  ///< At least one.
  auto Arguments() { return std::tie(groups); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: the group was deleted.
struct DeleteGroup : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DELETEGROUPS;
  std::string group;
  auto Arguments() { return std::tie(group); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows of partitions, as ListOffsets has them: all that the group has committed.
struct ListGroupOffsets : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS;
  std::string group;
  auto Arguments() { return std::tie(group); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows of partitions, as ListOffsets has them: the offsets that the group has from now on.
struct AlterGroupOffsets : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;
  std::string group;
  PartitionTexts partitions;
  auto Arguments() { return std::tie(group, partitions); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows of partitions, as ListOffsets has them: those whose offsets the group does not have any
/// more. The numbers are ignored.
struct DeleteGroupOffsets : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS;
  std::string group;
  PartitionTexts partitions;
  auto Arguments() { return std::tie(group, partitions); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_GROUPS_H_
