// The places of the clients that act for principals: a process has room for so many.
#ifndef SLUICE_KAFKA_CLIENT_POOL_H_
#define SLUICE_KAFKA_CLIENT_POOL_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "kafka/client.h"

namespace sluice {

/// Counts clients and never closes one: a client is closed by its owner, when it was idle for
/// idle_time() and has no work, and so no request takes the place of another principal. Safe from
/// any thread.
class ClientPool {
 public:
  /// A client's place, which is free when the last copy goes. It outlives the client.
  using Place = std::shared_ptr<void>;

  ClientPool() = default;
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  void Configure(int64_t max, std::chrono::milliseconds idle_time);

  /// A place for a client that is about to be opened; null, with `fault` set, when there is none.
  Place Take(ClientFault* fault);

  std::chrono::milliseconds idle_time() const {
    return std::chrono::milliseconds(idle_ms_.load(std::memory_order_relaxed));
  }

  void CountEviction() { evicted_.fetch_add(1, std::memory_order_relaxed); }
  /// Kafka has refused the credentials of a client.
  void CountWrongCredentials() { wrong_credentials_.fetch_add(1, std::memory_order_relaxed); }

  // For /metrics. The clients that are open or being closed, and the counts since the start.

  int64_t open() const { return open_; }
  int64_t max() const { return max_; }
  int64_t opened() const { return opened_; }
  int64_t evicted() const { return evicted_; }
  int64_t refused() const { return refused_; }
  int64_t wrong_credentials() const { return wrong_credentials_; }

 private:
  std::atomic<int64_t> max_{1000};
  std::atomic<int64_t> idle_ms_{300'000};
  std::atomic<int64_t> open_{0};
  std::atomic<int64_t> opened_{0};
  std::atomic<int64_t> evicted_{0};
  std::atomic<int64_t> refused_{0};
  std::atomic<int64_t> wrong_credentials_{0};
};

/// The time for which requests with refused credentials are answered without another attempt.
inline constexpr std::chrono::seconds kRefusalMemory{10};

/// The fault of requests with credentials that Kafka has refused a moment ago.
ClientFault RefusedFault(rd_kafka_resp_err_t code);

}  // namespace sluice

#endif  // SLUICE_KAFKA_CLIENT_POOL_H_
