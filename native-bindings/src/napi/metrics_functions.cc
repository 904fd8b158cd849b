// The numbers of the engine for /metrics.
#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kafka/engine.h"
#include "kafka/producer.h"
#include "napi/functions.h"

namespace sluice {
namespace {

/// [REST code, number of records, …]
napi_value FailuresByCode(napi_env env) {
  const FailedRecords::ByCode failures = Engine::Get().failed_records().Read();
  napi_value result = nullptr;
  napi_create_array_with_length(env, 2 * failures.size(), &result);
  uint32_t index = 0;
  for (const auto& [code, count] : failures) {
    for (const int64_t value : {static_cast<int64_t>(code), count}) {
      napi_value number = nullptr;
      napi_create_int64(env, value, &number);
      napi_set_element(env, result, index++, number);
    }
  }
  return result;
}

/// readGauges(): Gauges
napi_value ReadGauges(napi_env env, napi_callback_info info) {
  Engine& engine = Engine::Get();
  EngineCounters& counters = engine.counters();
  const struct {
    const char* name;
    int64_t value;
  } gauges[] = {
      {"arrivingBytes", engine.arriving_budget().used()},
      {"arrivingBytesMax", engine.arriving_budget().limit()},
      {"produceInflightBytes", engine.produce_budget().used()},
      {"produceInflightBytesMax", engine.produce_budget().limit()},
      {"produceInflightRecords", counters.inflight_records},
      {"producedRecords", counters.produced_records},
      {"producedBytes", counters.produced_bytes},
      {"consumeBufferedBytes", engine.chunks().used_bytes()},
      {"consumeBufferedBytesMax", engine.chunks().max_bytes()},
      {"consumePrefetchedBytes", counters.prefetched_bytes},
      {"openStreams", counters.open_streams},
      {"streamedRecords", counters.streamed_records},
      {"rateLimitedRecords", counters.rate_limited_records},
      {"unansweredRecords", counters.unanswered_records},
      {"consumedRecords", counters.consumed_records},
      {"consumedBytes", counters.consumed_bytes},
      {"openReads", counters.open_reads},
      {"returnedReads", counters.returned_reads},
      {"consumerInstances", static_cast<int64_t>(engine.consumers().size())},
      {"expiredConsumerInstances", counters.expired_consumers},
      {"pooledClients", engine.clients().open()},
      {"pooledClientsMax", engine.clients().max()},
      {"pooledClientsOpened", engine.clients().opened()},
      {"pooledClientsEvicted", engine.clients().evicted()},
      {"pooledClientsRefused", engine.clients().refused()},
      {"wrongCredentials", engine.clients().wrong_credentials()},
      {"throttlings", counters.throttlings},
      {"throttledMs", counters.throttled_ms},
  };
  napi_value result = nullptr;
  napi_create_object(env, &result);
  for (const auto& [name, value] : gauges) {
    napi_value number = nullptr;
    napi_create_int64(env, value, &number);
    napi_set_named_property(env, result, name, number);
  }
  napi_set_named_property(env, result, "failedRecords", FailuresByCode(env));
  return result;
}

napi_value Double(napi_env env, double value) {
  napi_value number = nullptr;
  napi_create_double(env, value, &number);
  return number;
}

/// {buckets: [upper bound in seconds, count, …], seconds}
napi_value Histogram(napi_env env, const Durations& durations) {
  const Durations::Counts counts = durations.counts();
  napi_value buckets = nullptr;
  napi_create_array_with_length(env, 2 * counts.size(), &buckets);
  uint32_t index = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double bound = i < Durations::kBounds.size()
                             ? static_cast<double>(Durations::kBounds[i]) / 1e6
                             : std::numeric_limits<double>::infinity();
    napi_set_element(env, buckets, index++, Double(env, bound));
    napi_set_element(env, buckets, index++, Double(env, static_cast<double>(counts[i])));
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "buckets", buckets);
  napi_set_named_property(env, result, "seconds",
                          Double(env, static_cast<double>(durations.sum_us()) / 1e6));
  return result;
}

/// readDurations(): {streamedRecords, firstBytes, work}
napi_value ReadDurations(napi_env env, napi_callback_info info) {
  Engine& engine = Engine::Get();
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "streamedRecords", Histogram(env, engine.stream_latency()));
  napi_set_named_property(env, result, "firstBytes", Histogram(env, engine.read_first_bytes()));
  napi_set_named_property(env, result, "work", Histogram(env, engine.read_work()));
  return result;
}

/// readLags(): {lags: [group, instance, topic, partition, records, …], omitted}
napi_value ReadLags(napi_env env, napi_callback_info info) {
  Engine& engine = Engine::Get();
  const size_t max = engine.max_lag_partitions();
  std::vector<std::shared_ptr<Consumer>> consumers;
  if (max > 0) consumers = engine.consumers().All();  // Else no instance measures its lag.
  // The oldest instances first: the same ones are told each time.
  std::sort(consumers.begin(), consumers.end(),
            [](const auto& one, const auto& other) { return one->id() < other->id(); });
  napi_value lags = nullptr;
  napi_create_array(env, &lags);
  size_t count = 0;
  uint32_t index = 0;
  for (const auto& consumer : consumers) {
    for (const auto& [partition, records] : consumer->lags()) {
      if (++count > max) continue;
      const ConsumerSettings& settings = consumer->settings();
      for (const std::string& text : {settings.group, settings.name, partition.topic}) {
        napi_value label = nullptr;
        napi_create_string_utf8(env, text.data(), text.size(), &label);
        napi_set_element(env, lags, index++, label);
      }
      napi_set_element(env, lags, index++, Double(env, partition.partition));
      napi_set_element(env, lags, index++, Double(env, static_cast<double>(records)));
    }
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "lags", lags);
  napi_set_named_property(env, result, "omitted",
                          Double(env, static_cast<double>(count - std::min(count, max))));
  return result;
}

/// readBrokers(): {brokers: [id, up, connecting, down, queued, waiting, mean rtt, p99 rtt,
///                 throttle ms, …], omitted}; round trips in microseconds
napi_value ReadBrokers(napi_env env, napi_callback_info info) {
  const size_t max = Engine::Get().max_brokers();
  BrokersById brokers;
  if (max > 0) brokers = Producer::ReadBrokers();  // Else no client measures them.
  napi_value numbers = nullptr;
  napi_create_array(env, &numbers);
  uint32_t index = 0;
  size_t count = 0;
  for (const auto& [id, broker] : brokers) {
    if (++count > max) break;
    for (const int64_t number :
         {static_cast<int64_t>(id), broker.clients[kBrokerUp], broker.clients[kBrokerConnecting],
          broker.clients[kBrokerDown], broker.queued_requests, broker.waiting_requests,
          broker.mean_rtt_us, broker.p99_rtt_us, broker.throttle_ms}) {
      napi_set_element(env, numbers, index++, Double(env, static_cast<double>(number)));
    }
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "brokers", numbers);
  const size_t omitted = brokers.size() - std::min(brokers.size(), max);
  napi_set_named_property(env, result, "omitted", Double(env, static_cast<double>(omitted)));
  return result;
}

}  // namespace

void ExportMetrics(napi_env env, napi_value exports) {
  ExportFunction(env, exports, "readGauges", ReadGauges);
  ExportFunction(env, exports, "readDurations", ReadDurations);
  ExportFunction(env, exports, "readLags", ReadLags);
  ExportFunction(env, exports, "readBrokers", ReadBrokers);
}

}  // namespace sluice
