// The lag of a consumer instance: the records between its positions and the ends of its partitions.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "kafka/consumer/consumer.h"
#include "kafka/engine.h"

namespace sluice {
namespace {

constexpr int kLagTimeoutMs = 3000;

}  // namespace

/// Called with each statistics event. Fetch responses carry the end of a partition, so that
/// librdkafka knows it without a request. An instance that nobody reads fetches nothing, and has to
/// ask the brokers.
void Consumer::MeasureLag() {
  if (Engine::Get().max_lag_partitions() == 0 || phase_ != Phase::kOpen) return;
  if (unread_ == Unread::kPaused) {
    AskForEnds();
    return;
  }
  for (const auto& [partition, state] : positions_) {
    int64_t low = RD_KAFKA_OFFSET_INVALID;
    int64_t end = RD_KAFKA_OFFSET_INVALID;
    rd_kafka_get_watermark_offsets(rk_, partition.topic.c_str(), partition.partition, &low, &end);
    SetLag(partition, state, end);
  }
}

void Consumer::AskForEnds() {
  const TimePoint now = Clock::now();
  if (now < lag_asked_until_) return;  // The last request may still be under way.
  lag_asked_until_ = now + std::chrono::milliseconds(kLagTimeoutMs);
  TplRef tpl = NewTpl(positions_.size());
  for (const auto& [partition, state] : positions_) {
    Add(tpl, partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
  }
  const auto on_ends = [this](const Offsets& ends) {
    lag_asked_until_ = {};
    for (const auto* end : ends) {
      const TopicPartition partition{end->topic, end->partition};
      if (const auto* state = positions_.Find(partition)) SetLag(partition, *state, end->offset);
    }
  };
  // Without an answer the lag stays as it was.
  const auto on_error = [](rd_kafka_resp_err_t) { return true; };
  AskForOffsets(std::move(tpl), kLagTimeoutMs, ReplyTo{}, on_ends, on_error);
}

void Consumer::SetLag(const TopicPartition& partition, const PartitionState& state, int64_t end) {
  if (end < 0) return;  // Nothing was fetched yet.
  int64_t position = PositionOf(partition, state);
  if (position < 0) {
    if (!fetched_->is_empty()) return;  // Perhaps with records of this partition.
    position = end;                     // The fetch that told the end brought no records.
  }
  lag_.Set(partition, std::max<int64_t>(0, end - position));
}

}  // namespace sluice
