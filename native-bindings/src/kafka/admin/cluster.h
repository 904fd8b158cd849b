// The calls of the admin client about the cluster and its brokers.
#ifndef SLUICE_KAFKA_ADMIN_CLUSTER_H_
#define SLUICE_KAFKA_ADMIN_CLUSTER_H_

#include <optional>
#include <string>
#include <tuple>

#include "kafka/admin/call.h"

namespace sluice::admin {

/// `{"cluster_id":…,"controller_id":id or -1,"brokers":[{"id":…,"host":…,"port":…,"rack":… or
/// null},…]}`. The cluster id is null if the broker tells none.
struct DescribeCluster : Reading {
  static constexpr auto kOperation = RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER;
  auto Arguments() { return std::tie(); }
  rd_kafka_resp_err_t Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                           rd_kafka_queue_t* queue) const;
  std::optional<Failure> Read(rd_kafka_event_t* event, std::string* json) const;
};

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_CLUSTER_H_
