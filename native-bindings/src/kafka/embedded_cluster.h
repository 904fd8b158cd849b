// A Kafka cluster inside the process, in memory, for trying Sluice out: librdkafka's mock.
#ifndef SLUICE_KAFKA_EMBEDDED_CLUSTER_H_
#define SLUICE_KAFKA_EMBEDDED_CLUSTER_H_

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <memory>
#include <string>

namespace sluice {

/// Creates topics, with four partitions, on first use; keeps the last few megabytes of each
/// partition; has no admin API beyond metadata. Lives until it is destroyed.
class EmbeddedCluster {
 public:
  /// A cluster of broker 0, the controller, and `brokers` more, at least one. Null, with `error`
  /// set, when it cannot be started.
  static std::unique_ptr<EmbeddedCluster> Start(int brokers, std::string* error);

  ~EmbeddedCluster();
  EmbeddedCluster(const EmbeddedCluster&) = delete;
  EmbeddedCluster& operator=(const EmbeddedCluster&) = delete;

  /// For `bootstrap.servers`.
  const std::string& bootstrap_servers() const { return bootstrap_servers_; }

  rd_kafka_mock_cluster_t* mock() { return mock_; }

 private:
  EmbeddedCluster() = default;

  rd_kafka_t* rk_ = nullptr;
  rd_kafka_mock_cluster_t* mock_ = nullptr;
  std::string bootstrap_servers_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_EMBEDDED_CLUSTER_H_
