// The engine, which the whole process shares: threads, budgets, consumers. Knows no JavaScript.
#ifndef SLUICE_KAFKA_ENGINE_H_
#define SLUICE_KAFKA_ENGINE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "kafka/blocking_pool.h"
#include "kafka/budget.h"
#include "kafka/chunk_pool.h"
#include "kafka/client_pool.h"
#include "kafka/consumer/consumer_registry.h"
#include "kafka/durations.h"
#include "kafka/error_table.h"
#include "kafka/failed_records.h"
#include "kafka/job.h"
#include "kafka/log_throttle.h"
#include "kafka/outbox.h"
#include "kafka/parse_pool.h"
#include "kafka/record_rates.h"
#include "kafka/scheduler.h"

namespace sluice {

/// The process's limits. From the configuration; see docs/configuration.md for each.
struct EngineLimits {
  int64_t arriving_bytes = int64_t{128} << 20;
  int64_t produce_inflight_bytes = int64_t{64} << 20;
  int64_t consume_buffered_bytes = int64_t{256} << 20;
  int32_t consumer_threads = 1;
  int32_t parse_threads = 1;
  int32_t max_consumers = 1000;
  int64_t max_schema_bytes = int64_t{1} << 20;
  int32_t max_lag_partitions = 0;
  int32_t max_pooled_clients = 1000;
  int32_t pooled_idle_ms = 300'000;
  int32_t max_brokers = 0;
};

/// Counters since the start of the process, for /metrics.
struct EngineCounters {
  std::atomic<int64_t> produced_records{0};      ///< Acknowledged by Kafka.
  std::atomic<int64_t> produced_bytes{0};        ///< Their keys and values.
  std::atomic<int64_t> inflight_records{0};      ///< Handed to librdkafka, not yet acknowledged.
  std::atomic<int64_t> streamed_records{0};      ///< Of streams (the v3 API): parsed.
  std::atomic<int64_t> rate_limited_records{0};  ///< The same: refused by RecordRates.
  std::atomic<int64_t> unanswered_records{0};    ///< The same: done when their client had left.
  std::atomic<int64_t> open_streams{0};          ///< With a client, or with records in flight.
  std::atomic<int64_t> consumed_records{0};      ///< Rendered into responses.
  std::atomic<int64_t> consumed_bytes{0};        ///< Their keys and values.
  std::atomic<int64_t> open_reads{0};            ///< Reads running or waiting for their turn.
  std::atomic<int64_t> returned_reads{0};     ///< Reads whose client left; their records go again.
  std::atomic<int64_t> expired_consumers{0};  ///< Instances closed for being idle.
  std::atomic<int64_t> prefetched_bytes{0};   ///< Fetched by librdkafka, not yet consumed.
  std::atomic<int64_t> throttlings{0};        ///< Answers of brokers that throttle a producer.
  std::atomic<int64_t> throttled_ms{0};       ///< The time for which they do, in all.
};

/// The only engine is created at its first use and never destroyed: its threads may still run when
/// the process exits, and must not find their locks gone.
class Engine {
 public:
  static Engine& Get();

  /// Applies the limits; the last caller wins. Threads are only ever added. False when the system
  /// does not give them all. Safe from any thread.
  [[nodiscard]] bool Configure(const EngineLimits& limits);

  /// Sets the receiver of log lines, held weakly. Lines that were passed before do not count for
  /// the limits of the new outbox. Safe from any thread.
  void SetLogOutbox(std::weak_ptr<Outbox> outbox);

  /// Logs `text` of the component `who`; `level` is syslog's, 0 to 7. Drops it without a receiver,
  /// when it was logged a moment ago, or when many lines of its `kind` were. Safe from any thread.
  void Log(int level, std::string_view who, std::string_view kind, std::string_view text);

  Scheduler& scheduler() { return scheduler_; }
  /// For blocking calls whose result a request waits for.
  BlockingPool& blocking() { return blocking_; }
  /// For destroying clients, which may take long and which no request waits for.
  BlockingPool& disposal() { return disposal_; }
  /// For the last answer of a closing instance to its group, which librdkafka may not return from.
  BlockingPool& closing() { return closing_; }
  ParsePool& parsers() { return parsers_; }
  ChunkPool& chunks() { return chunks_; }
  /// The places of the clients that act for principals.
  ClientPool& clients() { return clients_; }
  /// The budget of bodies that are still arriving.
  Budget& arriving_budget() { return arriving_budget_; }
  /// The budget of records that are not yet acknowledged.
  Budget& produce_budget() { return produce_budget_; }
  ConsumerRegistry& consumers() { return *consumers_; }
  ErrorTable& errors() { return errors_; }
  /// The environments that encode and decode records with schemas.
  JobWorkers& job_workers() { return job_workers_; }
  EngineCounters& counters() { return counters_; }
  /// Off unless they were set.
  RecordRates& record_rates() { return record_rates_; }
  FailedRecords& failed_records() { return failed_records_; }
  /// From the parsing of a record of a stream to its answer.
  Durations& stream_latency() { return stream_latency_; }
  /// From the moment at which a read could have records to its first chunk.
  Durations& read_first_bytes() { return read_first_bytes_; }
  /// The work of consumer threads on a read that has records.
  Durations& read_work() { return read_work_; }
  /// The most partitions with a lag in the metrics; 0: none is measured. Safe from any thread.
  size_t max_lag_partitions() const { return max_lag_partitions_.load(std::memory_order_relaxed); }
  /// The most brokers in the metrics; 0: none is measured. Safe from any thread.
  size_t max_brokers() const { return max_brokers_.load(std::memory_order_relaxed); }
  /// The largest text of one schema in a request. Safe from any thread.
  size_t max_schema_bytes() const { return max_schema_bytes_.load(std::memory_order_relaxed); }

 private:
  Engine();

  Scheduler scheduler_;
  BlockingPool blocking_;
  BlockingPool disposal_;
  BlockingPool closing_;
  ParsePool parsers_;
  ChunkPool chunks_;
  ClientPool clients_;
  Budget arriving_budget_;
  Budget produce_budget_;
  ErrorTable errors_;
  JobWorkers job_workers_;
  EngineCounters counters_;
  RecordRates record_rates_;
  FailedRecords failed_records_;
  Durations stream_latency_;
  Durations read_first_bytes_;
  Durations read_work_;
  std::atomic<size_t> max_lag_partitions_{0};
  std::atomic<size_t> max_brokers_{0};
  std::atomic<size_t> max_schema_bytes_{size_t{1} << 20};
  std::shared_ptr<ConsumerRegistry> consumers_;

  std::mutex log_mutex_;  // Guards the following.
  std::weak_ptr<Outbox> log_outbox_;
  LogThrottle log_throttle_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_ENGINE_H_
