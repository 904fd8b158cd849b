// What librdkafka's statistics tell of brokers, as the metrics show it.
#ifndef SLUICE_KAFKA_BROKER_STATISTICS_H_
#define SLUICE_KAFKA_BROKER_STATISTICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

namespace sluice {

/// The connection of a client to a broker, and of several clients to the same one.
struct BrokerStatistics {
  /// The number of clients with a connection, of those that try to connect or to authenticate, and
  /// of those without one. librdkafka connects to a broker with the first need.
  std::array<int64_t, 3> clients{};
  int64_t queued_requests = 0;   ///< Not sent yet.
  int64_t waiting_requests = 0;  ///< Sent, without an answer.
  /// The round trips since the statistics before; of several clients the longest.
  int64_t mean_rtt_us = 0;
  int64_t p99_rtt_us = 0;
  /// The longest throttling since the statistics before.
  int64_t throttle_ms = 0;

  void Add(const BrokerStatistics& other);
};

/// The indexes of BrokerStatistics::clients.
enum BrokerState : size_t { kBrokerUp = 0, kBrokerConnecting = 1, kBrokerDown = 2 };

/// By the ids of brokers.
using BrokersById = std::map<int32_t, BrokerStatistics>;

/// Reads the brokers with an id from the text of a statistics event. Addresses of
/// bootstrap.servers have none. Reads nothing of another text.
BrokersById ParseBrokers(std::string_view statistics);

}  // namespace sluice

#endif  // SLUICE_KAFKA_BROKER_STATISTICS_H_
