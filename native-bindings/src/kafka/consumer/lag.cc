#include "kafka/consumer/lag.h"

#include <algorithm>
#include <chrono>

#include "kafka/engine.h"
#include "kafka/handles.h"

namespace sluice {
namespace {

constexpr int kLagTimeoutMs = 3000;

}  // namespace

void Lag::Measure() {
  if (Engine::Get().max_lag_partitions() == 0) return;
  // Fetch responses carry the end of a partition, so that librdkafka knows it without a request. An
  // instance without reads fetches nothing, and has to ask the brokers.
  if (fetching_.records().is_paused()) {
    AskForEnds();
    return;
  }
  for (const auto& [partition, state] : positions_) {
    int64_t low = RD_KAFKA_OFFSET_INVALID;
    int64_t end = RD_KAFKA_OFFSET_INVALID;
    rd_kafka_get_watermark_offsets(client_.handle(), partition.topic.c_str(), partition.partition,
                                   &low, &end);
    Set(partition, state, end);
  }
}

void Lag::AskForEnds() {
  const TimePoint now = Clock::now();
  if (now < asked_until_) return;  // The last request may still be under way.
  asked_until_ = now + std::chrono::milliseconds(kLagTimeoutMs);
  TplRef tpl = NewTpl(positions_.size());
  for (const auto& [partition, state] : positions_) {
    Add(tpl, partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
  }
  const auto on_ends = [this](const ConsumerClient::Offsets& ends) {
    asked_until_ = {};
    for (const auto* end : ends) {
      const TopicPartition partition{end->topic, end->partition};
      if (const auto* state = positions_.Find(partition)) Set(partition, *state, end->offset);
    }
  };
  // Without an answer the lag stays as it was.
  const auto on_error = [](rd_kafka_resp_err_t) { return true; };
  client_.ListOffsets(std::move(tpl), kLagTimeoutMs, ReplyTo{}, on_ends, on_error);
}

void Lag::Set(const TopicPartition& partition, const PartitionState& state, int64_t end) {
  if (end < 0) return;  // Nothing was fetched yet.
  int64_t position = fetching_.PositionOf(partition, state);
  if (position < 0) {
    if (!fetching_.records().is_empty()) return;  // Perhaps with records of this partition.
    position = end;                               // The fetch that told the end brought no records.
  }
  positions_.lags().Set(partition, std::max<int64_t>(0, end - position));
}

}  // namespace sluice
