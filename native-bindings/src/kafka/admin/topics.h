// The calls of the admin client about topics and their partitions.
#ifndef SLUICE_KAFKA_ADMIN_TOPICS_H_
#define SLUICE_KAFKA_ADMIN_TOPICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/admin/call.h"

namespace sluice::admin {

/// `["name",…]`: all topics. librdkafka has no asynchronous call for this request, so that it is
/// not a Call; see Admin::Ask().
struct ListTopics {
  auto Arguments() { return std::tie(); }
};

/// The names of all topics, as ListTopics has them.
std::string TopicNames(const rd_kafka_metadata_t* metadata);

/// Rows of topics: `{"name":…,"is_internal":…,"partitions_count":…,"replication_factor":of the
/// first partition,"operations":[numbers of
/// rd_kafka_AclOperation_t],"partitions":[{"partition":…,"leader": id or
/// -1,"replicas":[…],"isr":[…]}]}`. `partitions` is empty unless asked for. Creates no topic.
struct DescribeTopics : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
  std::vector<std::string> topics;  ///< Each once, and at least one.
  bool with_partitions = true;
  bool with_operations = false;
  auto Arguments() { return std::tie(topics, with_partitions, with_operations); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: a topic was created, or could be.
struct CreateTopic : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_CREATETOPICS;
  std::string topic;
  int32_t partitions = -1;          ///< -1 stands for the cluster's default.
  int32_t replication_factor = -1;  ///< -1 stands for the cluster's default.
  /// The brokers of each partition, as `1,2,3`, beginning with partition 0. Replaces the numbers.
  std::vector<std::string> assignments;
  std::vector<std::string> configs;  ///< name, value, name, value, …
  bool validate_only = false;
  auto Arguments() {
    return std::tie(topic, partitions, replication_factor, assignments, configs, validate_only);
  }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: a compacted topic exists, made by this call or before. The cluster chooses the number of
/// replicas.
struct CreateCompactedTopic : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_CREATETOPICS;
  std::string topic;
  int32_t partitions = 1;
  auto Arguments() { return std::tie(topic, partitions); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: the topic has `total` partitions.
struct CreatePartitions : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_CREATEPARTITIONS;
  std::string topic;
  int32_t total = 1;
  auto Arguments() { return std::tie(topic, total); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

/// `true`: the topic is being deleted.
struct DeleteTopic : Changing {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DELETETOPICS;
  std::string topic;
  auto Arguments() { return std::tie(topic); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_TOPICS_H_
