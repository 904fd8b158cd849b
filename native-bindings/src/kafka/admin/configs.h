// The calls of the admin client about the configs of topics and brokers.
#ifndef SLUICE_KAFKA_ADMIN_CONFIGS_H_
#define SLUICE_KAFKA_ADMIN_CONFIGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/admin/call.h"

namespace sluice::admin {

/// Rows of resources: `{"name":…,"configs":[{"name":…,"value":… or null,"source":Kafka's number,
/// "is_read_only":…,"is_sensitive":…,"synonyms":[{"name":…,"value":…,"source":…}]},…]}`.
struct DescribeConfigs : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
  int32_t type = RD_KAFKA_RESOURCE_TOPIC;  ///< rd_kafka_ResourceType_t: of a topic or a broker.
  std::vector<std::string> names;          ///< Each once, and at least one; of brokers only one.
  auto Arguments() { return std::tie(type, names); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// Rows of resources that failed. The configs of a resource are changed together or not at all.
struct AlterConfigs : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS;
  int32_t type = RD_KAFKA_RESOURCE_TOPIC;
  /// resource, config, `SET` or `DELETE`, value, resource, … Those of a resource follow each other.
  /// A config is named once in a resource.
  std::vector<std::string> changes;
  bool validate_only = false;
  auto Arguments() { return std::tie(type, changes, validate_only); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_CONFIGS_H_
