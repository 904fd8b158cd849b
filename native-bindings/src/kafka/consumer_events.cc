// What librdkafka tells a consumer instance: errors, statistics, results of calls.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "kafka/consumer.h"
#include "kafka/engine.h"

namespace sluice {
namespace {

/// librdkafka repeats "all brokers down" at least this often while it is true (its
/// reconnect.backoff.max.ms is lower); without it they count as up again.
constexpr std::chrono::seconds kBrokersDownFor{15};

}  // namespace

void Consumer::ServeEvents() {
  while (EventRef event{rd_kafka_queue_poll(events_.get(), 0)}) {
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_REBALANCE:
        OnRebalance(std::move(event));
        break;
      case RD_KAFKA_EVENT_ERROR: {
        rd_kafka_topic_partition_t* of = rd_kafka_event_topic_partition(event.get());
        TopicPartition partition;
        if (of) partition = {of->topic, of->partition};
        OnError(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()),
                of ? &partition : nullptr);
        if (of) rd_kafka_topic_partition_destroy(of);
        break;
      }
      case RD_KAFKA_EVENT_STATS:
        OnStatistics(rd_kafka_event_stats(event.get()));
        break;
      default:
        calls_.OnEvent(event.get());
        break;
    }
  }
}

void Consumer::OnError(rd_kafka_resp_err_t code, std::string detail,
                       const TopicPartition* partition) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__NODE_UPDATE:
      return;  // librdkafka recovers by itself, and has logged it.
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      brokers_down_until_ = Clock::now() + kBrokersDownFor;
      return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      // A group may be subscribed to topics that do not exist yet.
      if (mode_ != Mode::kPartitions) return;
      break;
    default:
      break;
  }
  if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_fatal_error(rk_, nullptr, 0)) {
    fatal_error_ = {code, std::move(detail)};
    return;
  }
  const auto found = partition ? assignment_.find(*partition) : assignment_.end();
  if (found == assignment_.end()) {
    error_ = {code, std::move(detail)};
    return;
  }
  found->second.is_stopped = true;
  if (found->second.seek_to) return;  // A new start is under way, perhaps out of the error.
  found->second.error = code;
  has_errors_ = true;
}

/// A partition that delivers is well again.
void Consumer::ForgetError(const rd_kafka_message_t* message) {
  has_errors_ = false;
  for (auto& [partition, state] : assignment_) {
    if (partition.partition == message->partition &&
        partition.topic == rd_kafka_topic_name(message->rkt)) {
      state.error = RD_KAFKA_RESP_ERR_NO_ERROR;
      state.is_stopped = false;
    }
    has_errors_ = has_errors_ || state.error != RD_KAFKA_RESP_ERR_NO_ERROR;
  }
}

void Consumer::OnStatistics(std::string_view json) {
  // All partitions share one queue, so that each of them reports the size of the whole.
  constexpr std::string_view kKey = "\"fetchq_size\":";
  int64_t bytes = 0;
  for (size_t at = 0; (at = json.find(kKey, at)) != std::string_view::npos;) {
    at += kKey.size();
    bytes = std::max<int64_t>(bytes, strtoll(json.data() + at, nullptr, 10));
  }
  if (fetched_) bytes += fetched_->batch_bytes();
  Engine::Get().counters().prefetched_bytes.fetch_add(bytes - prefetched_bytes_,
                                                      std::memory_order_relaxed);
  prefetched_bytes_ = bytes;
}

}  // namespace sluice
