#include "kafka/client_pool.h"

#include <string>

#include "kafka/rest_code.h"

namespace sluice {

void ClientPool::Configure(int64_t max, std::chrono::milliseconds idle_time) {
  max_.store(max, std::memory_order_relaxed);
  idle_ms_.store(idle_time.count(), std::memory_order_relaxed);
}

ClientPool::Place ClientPool::Take(ClientFault* fault) {
  const int64_t max = max_.load(std::memory_order_relaxed);
  if (open_.fetch_add(1, std::memory_order_relaxed) >= max) {
    open_.fetch_sub(1, std::memory_order_relaxed);
    refused_.fetch_add(1, std::memory_order_relaxed);
    *fault = {kNoClients,
              "This process has sluice.kafka.identity.clients.max=" + std::to_string(max) +
                  " Kafka clients of principals, and all are in use. Try again later, "
                  "or raise the limit."};
    return nullptr;
  }
  opened_.fetch_add(1, std::memory_order_relaxed);
  return {this, [](ClientPool* pool) { pool->open_.fetch_sub(1, std::memory_order_relaxed); }};
}

ClientFault RefusedFault(rd_kafka_resp_err_t code) { return {0, rd_kafka_err2str(code), code}; }

}  // namespace sluice
