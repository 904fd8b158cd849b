// The events of a consumer instance: errors, statistics, results of calls.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "kafka/consumer/consumer.h"
#include "kafka/engine.h"

namespace sluice {
namespace {

/// How long a new coordinator is given.
constexpr std::chrono::milliseconds kStartPause{200};

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
        if (!rd_kafka_event_opaque(event.get())) OnAutoCommitted(event.get());
        coordinator_requests_.erase(rd_kafka_event_opaque(event.get()));
        if (calls_.OnEvent(event.get())) faults_.OnBrokerAnswer();
        break;
    }
  }
}

void Consumer::OnError(rd_kafka_resp_err_t code, std::string detail,
                       const TopicPartition* partition) {
  const TimePoint now = Clock::now();
  if (faults_.AreCredentialsRefused(code, now)) OnCredentialsRefused();
  switch (code) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__NODE_UPDATE:
      return;  // librdkafka recovers by itself, and has logged it.
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      faults_.OnBrokersDown(now);
      return;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      TellWaitingRead({code, rd_kafka_err2str(code)});
      return;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      faults_.OnGroupRefused(code);
      TellWaitingRead({code, faults_.Explain(code, {}, {})});
      return;
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
      start_again_at_ = now + kStartPause;
      return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      // A group may be subscribed to topics that do not exist yet.
      if (!membership_.has_manual_assignment()) return;
      break;
    default:
      break;
  }
  if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_fatal_error(rk_, nullptr, 0)) {
    faults_.OnFatal({code, std::move(detail)});
    return;
  }
  PartitionState* state = partition ? positions_.Find(*partition) : nullptr;
  if (!state) {
    const std::string topic(partition ? partition->topic : TopicIn(detail));
    // librdkafka says so once, however long it stays so.
    if (!partition && !topic.empty()) faults_.OnTopic(topic, code);
    faults_.TellNextRead({code, faults_.Explain(code, detail, topic)});
    return;
  }
  state->is_stopped = true;
  if (state->seek_to) return;  // A new start is under way, perhaps out of the error.
  positions_.Fail(state, code);
}

/// No broker takes our credentials: no call and no read that waits will get an answer.
void Consumer::OnCredentialsRefused() {
  const auto code = faults_.CredentialsError(Clock::now());
  const std::string text = rd_kafka_err2str(code);
  calls_.FailAll(code, text);
  TellWaitingRead({code, text});
}

/// For a fault that may be over by the next read.
void Consumer::TellWaitingRead(Fault fault) {
  if (!reads_.is_empty()) faults_.TellNextRead(std::move(fault));
}

/// The topic of our subscription that an error without a partition is about: librdkafka names it in
/// its text only, `Subscribed topic not available: <topic>: <reason>`.
std::string_view Consumer::TopicIn(std::string_view detail) const {
  for (const std::string& topic : membership_.topics()) {
    if (detail.find(": " + topic + ": ") != std::string_view::npos) return topic;
  }
  return {};
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
  MeasureLag();
}

}  // namespace sluice
