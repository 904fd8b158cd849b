#include "kafka/admin/cluster.h"

namespace sluice::admin {

rd_kafka_resp_err_t DescribeCluster::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                          rd_kafka_queue_t* queue) const {
  rd_kafka_DescribeCluster(rk, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DescribeCluster::Read(rd_kafka_event_t* event, std::string* json) const {
  const auto* result = rd_kafka_event_DescribeCluster_result(event);
  json::ObjectWriter cluster(json);
  cluster.Text("cluster_id", rd_kafka_DescribeCluster_result_cluster_id(result));
  const auto* controller = rd_kafka_DescribeCluster_result_controller(result);
  cluster.Number("controller_id", controller ? rd_kafka_Node_id(controller) : -1);
  size_t count = 0;
  const auto** nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
  json::ArrayWriter brokers(cluster.Member("brokers"));
  for (size_t i = 0; i < count; ++i) {
    json::ObjectWriter broker(brokers.Next());
    broker.Number("id", rd_kafka_Node_id(nodes[i]));
    broker.Text("host", rd_kafka_Node_host(nodes[i]));
    broker.Number("port", rd_kafka_Node_port(nodes[i]));
    broker.Text("rack", rd_kafka_Node_rack(nodes[i]));
  }
  return std::nullopt;
}

}  // namespace sluice::admin
