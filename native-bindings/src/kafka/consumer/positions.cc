#include "kafka/consumer/positions.h"

#include <algorithm>
#include <utility>

namespace sluice {

PartitionState* Positions::Find(const TopicPartition& partition) {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? nullptr : &found->second;
}

const PartitionState* Positions::Find(const TopicPartition& partition) const {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? nullptr : &found->second;
}

void Positions::Remove(const TopicPartition& partition) {
  partitions_.erase(partition);
  lags_.Remove(partition);
}

void Positions::Replace(Partitions partitions) {
  partitions_ = std::move(partitions);
  lags_.Clear();
}

TplRef Positions::List() const {
  TplRef tpl = NewTpl(partitions_.size());
  for (const auto& [partition, state] : partitions_) sluice::Add(tpl, partition);
  return tpl;
}

std::set<TopicPartition> Positions::All() const {
  std::set<TopicPartition> all;
  for (const auto& [partition, state] : partitions_) all.insert(partition);
  return all;
}

void Positions::SetDelivered(const TopicPartition& partition, PartitionState* state,
                             int64_t offset) {
  state->delivered = offset;
  lost_.OnDelivered(partition, offset);
}

void Positions::Deliver(const TopicPartition& partition, int64_t next) {
  PartitionState& state = Of(partition);
  SetDelivered(partition, &state, next);
  state.is_uncommitted = true;
}

void Positions::Pass(const TopicPartition& partition, int64_t next) {
  SetDelivered(partition, &Of(partition), next);
}

void Positions::Seek(const TopicPartition& partition, int64_t offset) {
  PartitionState& state = Of(partition);
  state.seek_to = offset;
  SetDelivered(partition, &state, offset >= 0 ? offset : RD_KAFKA_OFFSET_INVALID);
  state.is_uncommitted = false;
  state.committed = RD_KAFKA_OFFSET_INVALID;
  state.error = RD_KAFKA_RESP_ERR_NO_ERROR;
  seeks_.AddNow();
}

void Positions::Return(const TopicPartition& partition, int64_t offset, int64_t end) {
  PartitionState& state = Of(partition);
  const PartitionState before = state;
  Seek(partition, before.committed <= end ? std::max(offset, before.committed) : offset);
  state.delivered = before.delivered;
  state.is_uncommitted = before.is_uncommitted;
  state.committed = before.committed;
}

void Positions::OnCommitted(const rd_kafka_topic_partition_list_t* committed) {
  for (int i = 0; committed && i < committed->cnt; ++i) {
    const auto& element = committed->elems[i];
    PartitionState* state = Find({element.topic, element.partition});
    if (element.err != RD_KAFKA_RESP_ERR_NO_ERROR || !state) continue;
    state->committed = element.offset;
    if (element.offset >= state->delivered) state->is_uncommitted = false;
  }
}

TplRef Positions::Delivered() const {
  TplRef tpl = NewTpl(partitions_.size());
  for (const auto& [partition, state] : partitions_) {
    if (state.delivered >= 0) sluice::Add(tpl, partition)->offset = state.delivered;
  }
  return tpl;
}

void Positions::Lose(const TopicPartition& partition, const PartitionState& state) {
  if (state.is_uncommitted) lost_.Add(partition, state.delivered);
}

bool Positions::IsSought(const TopicPartition& partition) const {
  const PartitionState* state = Find(partition);
  return state && state->seek_to;
}

void Positions::Fail(PartitionState* state, rd_kafka_resp_err_t error) {
  state->error = error;
  state->error_until = TimePoint::max();
  state->is_stopped = true;
  has_errors_ = true;
}

void Positions::OnRecord(const TopicPartition& partition, TimePoint now) {
  has_errors_ = false;
  for (auto& [each, state] : partitions_) {
    const bool delivers = each == partition;
    if (delivers) state.is_stopped = false;
    if (delivers || now >= state.error_until) state.error = RD_KAFKA_RESP_ERR_NO_ERROR;
    has_errors_ = has_errors_ || state.error != RD_KAFKA_RESP_ERR_NO_ERROR;
  }
}

std::optional<Positions::Fault> Positions::FindFault(TimePoint now) const {
  for (const auto& [partition, state] : partitions_) {
    const bool has_error = state.error != RD_KAFKA_RESP_ERR_NO_ERROR && now < state.error_until;
    const auto error = has_error ? state.error : state.absence;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Fault{&partition, error};
  }
  return std::nullopt;
}

}  // namespace sluice
