// The calls of the admin client: the request of each to librdkafka, and its answer in JSON.
#ifndef SLUICE_KAFKA_ADMIN_CALLS_H_
#define SLUICE_KAFKA_ADMIN_CALLS_H_

#include <librdkafka/rdkafka.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "kafka/pending_calls.h"
#include "kafka/topic_partition.h"

/// Each call is a struct of its arguments, for Admin::Ask(). A new call is
///  1. such a struct here, and its Send() and Read(),
///  2. a line in napi/admin_object.cc and in index.d.ts, which name it for src/kafka/admin.ts.
namespace sluice::admin {

/// A call that librdkafka answers with one event.
template <typename T>
concept Call = requires(const T& call, rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options,
                        rd_kafka_queue_t* queue, rd_kafka_event_t* event, std::string* json) {
                 { T::kOperation } -> std::convertible_to<rd_kafka_admin_op_t>;
                 /// Hands the call to librdkafka, whose answer goes to `queue`.
                 call.Send(rk, options, queue);
                 /// Appends the answer to `json`, or returns why the call failed.
                 { call.Read(event, json) } -> std::same_as<std::optional<PendingCalls::Failure>>;
                 /// Errors after which the call is repeated, in addition to the table of
                 /// errors.
                 { call.Passing() } -> std::same_as<std::vector<rd_kafka_resp_err_t>>;
               };

/// `{"cluster_id":…,"controller_id":…,"brokers":[id,…]}`
struct DescribeCluster {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
  auto Arguments() { return std::tie(); }
  void Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) const;
  std::optional<PendingCalls::Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  std::vector<rd_kafka_resp_err_t> Passing() const { return {}; }
};

/// `["name",…]`: all topics. librdkafka has no asynchronous call for this request, so that it is
/// not a Call; see Admin::Ask().
struct ListTopics {
  auto Arguments() { return std::tie(); }
};

/// `{"name":…,"partitions":[{"partition":…,"leader":…,"replicas":[…],"isr":[…]}]}`. Does not create
/// the topic.
struct DescribeTopic {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
  std::string topic;
  auto Arguments() { return std::tie(topic); }
  void Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) const;
  std::optional<PendingCalls::Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  std::vector<rd_kafka_resp_err_t> Passing() const { return {}; }
};

/// `{"name":"value" or null,…}`: all effective configs of a topic, sensitive ones null.
struct DescribeTopicConfigs {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
  std::string topic;
  auto Arguments() { return std::tie(topic); }
  void Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) const;
  std::optional<PendingCalls::Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  std::vector<rd_kafka_resp_err_t> Passing() const { return {}; }
};

/// The offset of a partition for `spec`: RD_KAFKA_OFFSET_SPEC_…, or a timestamp. The partition must
/// exist.
struct ListOffset {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_LISTOFFSETS;
  TopicPartition partition;
  int64_t spec = RD_KAFKA_OFFSET_SPEC_LATEST;
  auto Arguments() { return std::tie(partition.topic, partition.partition, spec); }
  void Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) const;
  std::optional<PendingCalls::Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  /// Some broker may not know the partition yet, and it may have no leader yet.
  std::vector<rd_kafka_resp_err_t> Passing() const {
    return {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__NOENT};
  }
};

/// `[{"client_id":…,"partitions":[…]},…]`: the members of a group, each with its partitions of
/// `topic`. A group that does not exist has none.
struct DescribeGroup {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
  std::string group;
  std::string topic;
  auto Arguments() { return std::tie(group, topic); }
  void Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) const;
  std::optional<PendingCalls::Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  std::vector<rd_kafka_resp_err_t> Passing() const { return {}; }
};

/// `true`: a compacted topic exists, made by this call or before. The cluster chooses the number of
/// replicas.
struct CreateCompactedTopic {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_CREATETOPICS;
  std::string topic;
  int32_t partitions = 1;
  auto Arguments() { return std::tie(topic, partitions); }
  void Send(rd_kafka_t* rk, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) const;
  std::optional<PendingCalls::Failure> Read(rd_kafka_event_t* event, std::string* json) const;
  std::vector<rd_kafka_resp_err_t> Passing() const { return {}; }
};

/// The names of all topics, as ListTopics has them.
std::string TopicNames(const rd_kafka_metadata_t* metadata);

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_CALLS_H_
