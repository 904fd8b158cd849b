#include "kafka/embedded_cluster.h"

#include <utility>

#include "kafka/client.h"
#include "kafka/conf.h"

namespace sluice {

std::unique_ptr<EmbeddedCluster> EmbeddedCluster::Start(int brokers, std::string* error) {
  std::vector<PropertyFault> faults;
  // Errors only: librdkafka warns that this client has no brokers, and its brokers are its own.
  ConfRef conf = MakeConf({{"client.id", "embedded-cluster"}, {"log_level", "3"}}, &faults);
  ClientFault fault;
  std::unique_ptr<EmbeddedCluster> cluster(new EmbeddedCluster());
  cluster->rk_ = NewClient(RD_KAFKA_PRODUCER, std::move(conf), &fault);
  if (!cluster->rk_) {
    *error = fault.rest_code != 0
                 ? "the process has reached its limit of threads (ulimit -u, pids.max)"
                 : fault.text;
    return nullptr;
  }
  cluster->mock_ = rd_kafka_mock_cluster_new(cluster->rk_, brokers);
  if (!cluster->mock_) {
    *error = "librdkafka could not start its mock cluster";
    return nullptr;
  }
  // The mock says that its controller is broker 0, and has none: admin calls would wait for it.
  if (rd_kafka_mock_broker_add(cluster->mock_, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    *error = "librdkafka could not start the controller of its mock cluster";
    return nullptr;
  }
  rd_kafka_mock_group_initial_rebalance_delay_ms(cluster->mock_, 0);
  cluster->bootstrap_servers_ = rd_kafka_mock_cluster_bootstraps(cluster->mock_);
  return cluster;
}

EmbeddedCluster::~EmbeddedCluster() {
  if (mock_) rd_kafka_mock_cluster_destroy(mock_);
  if (rk_) rd_kafka_destroy(rk_);
}

}  // namespace sluice
