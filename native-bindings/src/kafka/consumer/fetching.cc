#include "kafka/consumer/fetching.h"

#include <algorithm>
#include <utility>

#include "kafka/engine.h"

namespace sluice {
namespace {

constexpr int kSeekTimeoutMs = 500;
/// The time that a new coordinator gets.
constexpr std::chrono::milliseconds kStartPause{200};

}  // namespace

void Fetching::Open() {
  records_ = std::make_unique<FetchedRecords>(client_.handle(), client_.actor());
}

void Fetching::Replace(const std::set<TopicPartition>& partitions) {
  Positions::Partitions next;
  for (const auto& partition : partitions) {
    PartitionState& state = next[partition];
    const PartitionState* kept = positions_.Find(partition);
    if (!kept) continue;
    state = *kept;
    // RD_KAFKA_OFFSET_INVALID stands for the committed offset.
    state.start = PositionOf(partition, *kept);
    state.seek_to.reset();
    state.is_stopped = false;
  }
  Unassign();
  AwaitStops();
  const TplRef tpl = NewTpl(next.size());
  for (const auto& [partition, state] : next) {
    records_->Attach(partition);
    Add(tpl, partition)->offset = state.start;
  }
  positions_.Replace(std::move(next));
  if (tpl->cnt == 0) return;
  if (rd_kafka_assign(client_.handle(), tpl.get()) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const ErrorRef error(rd_kafka_incremental_assign(client_.handle(), tpl.get()));
}

void Fetching::Unassign() {
  records_->Resume();
  reads_.EndEarly();
  records_->DropAll();
  for (const auto& [partition, state] : positions_) reads_.Revoke(partition);
  positions_.Replace({});
  faults_.ForgetSubscription();
  // After a group with the cooperative protocol, and in it, librdkafka takes no whole assignments.
  if (rd_kafka_assign(client_.handle(), nullptr) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(client_.handle(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const TplRef tpl(assigned);
  const ErrorRef error(rd_kafka_incremental_unassign(client_.handle(), tpl.get()));
}

/// librdkafka's main thread stops the fetching of unassigned partitions in the background, and then
/// removes their queue, also one that Attach() has set meanwhile: their records would be lost. The
/// thread does one thing after the other, so that its answer to any call shows that it is done.
void Fetching::AwaitStops() {
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(client_.handle(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_topic_partition_list_destroy(assigned);
}

void Fetching::Seek(const TopicPartition& partition, int64_t offset) {
  positions_.Seek(partition, offset);
  OnSeekSet(partition);
}

void Fetching::SeekBack(const TopicPartition& partition, int64_t offset, int64_t end) {
  positions_.Return(partition, offset, end);
  OnSeekSet(partition);
}

void Fetching::OnSeekSet(const TopicPartition& partition) {
  // librdkafka forgets a seek that comes while it asks for the committed offset: it starts at that.
  // For an assignment with an offset it does not ask. In a group such an assignment could be taken
  // for the answer to a rebalance; there Assignment::OnAssigned() has the seeks that come right
  // after a subscription.
  if (membership_.has_manual_assignment()) positions_.Of(partition).is_stopped = true;
  faults_.ForgetNext();
  reads_.EndEarly();
  reads_.Forget(partition);
  records_->Drop(partition);
}

bool Fetching::ApplySeeks(TimePoint now) {
  if (now >= start_again_at_) StartAgain();
  if (!positions_.seeks().IsDue(now)) return true;
  records_->Resume();
  const TplRef restarts = NewTpl(1);
  for (const auto& [partition, state] : positions_) {
    if (state.seek_to && state.is_stopped) Add(restarts, partition)->offset = *state.seek_to;
  }
  positions_.seeks().Clear();
  if (restarts->cnt > 0) Restart(restarts);
  // What Restart() has left: it may have to start all partitions.
  TplRef seeks = NewTpl(1);
  for (const auto& [partition, state] : positions_) {
    if (state.seek_to) Add(seeks, partition)->offset = *state.seek_to;
  }
  if (seeks->cnt == 0) return true;
  StartSeek(std::move(seeks));
  return false;
}

/// librdkafka has no seek that tells its outcome later; so a blocking thread waits, and the actor
/// does nothing meanwhile, because all that it does next depends on the positions.
void Fetching::StartSeek(TplRef seeks) {
  rd_kafka_topic_partition_list_t* tpl = positions_.seeks().Start(std::move(seeks));
  Engine::Get().blocking().Run([self = client_.actor().shared_from_this(), this, tpl] {
    const ErrorRef error(rd_kafka_seek_partitions(client_.handle(), tpl, kSeekTimeoutMs));
    positions_.seeks().Finish();
    self->Wake();
  });
}

bool Fetching::EndSeek() {
  if (positions_.seeks().state() == SeekSchedule::State::kRunning) return false;
  if (positions_.seeks().state() != SeekSchedule::State::kFinished) return true;
  const TplRef sought = positions_.seeks().Take();
  bool has_failed = false;
  for (int i = 0; i < sought->cnt; ++i) {
    const TopicPartition partition{sought->elems[i].topic, sought->elems[i].partition};
    PartitionState& state = positions_.Of(partition);
    switch (sought->elems[i].err) {
      case RD_KAFKA_RESP_ERR__STATE:             // It has just been assigned,
      case RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS:  // is just being revoked,
      case RD_KAFKA_RESP_ERR__IN_PROGRESS:       // or did not answer in time.
        has_failed = true;
        break;
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        state.start = *state.seek_to;
        state.seek_to.reset();
        records_->Drop(partition);
        break;
      default:
        state.seek_to.reset();
        positions_.Fail(&state, sought->elems[i].err);
        break;
    }
  }
  if (has_failed) positions_.seeks().AddRetry(Clock::now());
  return true;
}

/// Starts partitions at the offsets in `tpl`. librdkafka may have ended their fetching, as it does
/// after some errors; then it takes no seek, but only a new assignment.
void Fetching::Restart(const TplRef& tpl) {
  // Refused in a group without the cooperative protocol, which takes whole assignments only: the
  // other partitions go on where they are.
  const ErrorRef refused(rd_kafka_incremental_unassign(client_.handle(), tpl.get()));
  if (refused) {
    for (const auto& [partition, state] : positions_) {
      const bool is_listed = rd_kafka_topic_partition_list_find(tpl.get(), partition.topic.c_str(),
                                                                partition.partition) != nullptr;
      if (!is_listed) Add(tpl, partition)->offset = NextFetchOf(partition, state);
    }
    rd_kafka_assign(client_.handle(), nullptr);
  }
  AwaitStops();
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    PartitionState& state = positions_.Of(partition);
    state.start = tpl->elems[i].offset;
    state.seek_to.reset();
    state.is_stopped = false;
    records_->Drop(partition);
    records_->Attach(partition);
  }
  if (refused) {
    rd_kafka_assign(client_.handle(), tpl.get());
  } else {
    const ErrorRef error(rd_kafka_incremental_assign(client_.handle(), tpl.get()));
  }
}

/// librdkafka asks the group where to start once. When the coordinator has just moved, it gets no
/// answer, and does not ask again: the partitions that wait for it have to be assigned anew.
void Fetching::StartAgain() {
  start_again_at_ = TimePoint::max();
  for (auto& [partition, state] : positions_) {
    const int64_t position = PositionOf(partition, state);
    if (!state.seek_to && position != RD_KAFKA_OFFSET_INVALID) continue;
    state.seek_to = position;  // RD_KAFKA_OFFSET_INVALID stands for the committed offset.
    state.is_stopped = true;
    positions_.seeks().Add();
  }
}

void Fetching::OnCoordinatorMoved(TimePoint now) { start_again_at_ = now + kStartPause; }

void Fetching::Resume(const TopicPartition& partition, PartitionState* state) {
  state->error = RD_KAFKA_RESP_ERR_NO_ERROR;
  state->seek_to = PositionOf(partition, *state);
  positions_.seeks().Add();
}

/// A broker has refused to give the record at `offset`. librdkafka goes on asking for it, but
///  1. some refusals it tells once, however often they come, and of none it tells the end, as long
///     as there is nothing to read;
///  2. it counts the error as a record: paused and resumed, it would go on behind `offset`.
/// A seek to the same offset makes it tell a refusal that lasts again, and forget the count.
void Fetching::OnRefused(const TopicPartition& partition, int64_t offset) {
  PartitionState* state = positions_.Find(partition);
  if (!state) return;
  state->is_stopped = false;
  if (state->seek_to) return;
  state->error_until = Clock::now() + client_.error_repeated_within();
  state->seek_to = offset;
  positions_.seeks().AddAt(Clock::now() + SeekSchedule::kFirstPause);
}

int64_t Fetching::PositionOf(const TopicPartition& partition, const PartitionState& state) const {
  if (state.seek_to) return *state.seek_to;
  if (state.delivered >= 0) return state.delivered;
  if (const auto* range = reads_.RangeOf(partition)) return range->first;
  const int64_t position = records_->PositionOf(partition);
  return position == RD_KAFKA_OFFSET_INVALID ? state.start : position;
}

/// The offset after the last record taken, where a partition goes on when reads keep the records
/// that they took.
int64_t Fetching::NextFetchOf(const TopicPartition& partition, const PartitionState& state) const {
  if (state.seek_to) return *state.seek_to;
  const int64_t fetched = records_->PositionOf(partition);
  if (fetched >= 0) return fetched;
  return state.delivered >= 0 ? state.delivered : state.start;
}

/// librdkafka's position is behind the records that it has taken from its queue: where no other
/// record that it took is still to be delivered, it is the client's position.
void Fetching::PassControlRecords() {
  if (!reads_.is_empty()) return;
  records_->TakeFew(positions_.size());
  const TplRef passed = NewTpl(1);
  for (const auto& [partition, state] : positions_) {
    // librdkafka has the position before a seek until that is done.
    if (state.seek_to || (state.delivered < 0 && !records_->is_batch_used_up())) continue;
    const int64_t position = records_->PositionOf(partition);
    if (position < 0 || position <= state.delivered) continue;
    positions_.Pass(partition, position);
    Add(passed, partition)->offset = position;
  }
  if (passed->cnt > 0) rd_kafka_offsets_store(client_.handle(), passed.get());
}

bool Fetching::HasAllPositions() const {
  return std::all_of(positions_.begin(), positions_.end(), [this](const auto& entry) {
    return entry.second.delivered >= 0 ||
           records_->PositionOf(entry.first) != RD_KAFKA_OFFSET_INVALID;
  });
}

TimePoint Fetching::NextAlarm() const {
  return std::min({positions_.seeks().next_try(), start_again_at_, records_->NextAlarm()});
}

}  // namespace sluice
