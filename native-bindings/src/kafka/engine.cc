#include "kafka/engine.h"

#include <optional>
#include <string>
#include <utility>

namespace sluice {

Engine& Engine::Get() {
  static Engine* const engine = new Engine();
  return *engine;
}

Engine::Engine()
    : chunks_(EngineLimits{}.consume_buffered_bytes / Chunk::kCapacity),
      arriving_budget_(EngineLimits{}.arriving_bytes),
      produce_budget_(EngineLimits{}.produce_inflight_bytes),
      consumers_(std::make_shared<ConsumerRegistry>(scheduler_, blocking_)) {}

bool Engine::Configure(const EngineLimits& limits) {
  arriving_budget_.set_limit(limits.arriving_bytes);
  produce_budget_.set_limit(limits.produce_inflight_bytes);
  chunks_.set_max_bytes(limits.consume_buffered_bytes);
  clients_.Configure(limits.max_pooled_clients, std::chrono::milliseconds(limits.pooled_idle_ms));
  max_schema_bytes_.store(static_cast<size_t>(limits.max_schema_bytes), std::memory_order_relaxed);
  max_brokers_.store(static_cast<size_t>(limits.max_brokers), std::memory_order_relaxed);
  max_lag_partitions_.store(static_cast<size_t>(limits.max_lag_partitions),
                            std::memory_order_relaxed);
  consumers_->set_max_size(static_cast<size_t>(limits.max_consumers));
  return scheduler_.EnsureThreads(limits.consumer_threads) &&
         parsers_.EnsureThreads(limits.parse_threads) && blocking_.EnsureThread() &&
         disposal_.EnsureThread() && closing_.EnsureThread();
}

void Engine::SetLogOutbox(std::weak_ptr<Outbox> outbox) {
  std::lock_guard lock(log_mutex_);
  log_outbox_ = std::move(outbox);
  log_throttle_ = {};
}

void Engine::Log(int level, std::string_view who, std::string_view kind, std::string_view text) {
  std::shared_ptr<Outbox> outbox;
  std::optional<int> dropped;
  {
    std::lock_guard lock(log_mutex_);
    dropped = log_throttle_.Pass(kind, text, Clock::now());
    if (dropped) outbox = log_outbox_.lock();
  }
  if (!outbox) return;
  std::string line(who);
  line.append(": ").append(text);
  if (*dropped > 0) line.append(" (said ").append(std::to_string(*dropped)).append(" times more)");
  outbox->Post({0, MessageKind::kLog, level, 0, std::move(line), nullptr});
}

}  // namespace sluice
