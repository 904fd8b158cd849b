// The positions of a consumer instance: seeks, and restarts of the fetching.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <set>
#include <utility>

#include "kafka/consumer/consumer.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

constexpr int kSeekTimeoutMs = 500;
/// Of a call that can go without an answer.
constexpr int kEndsTimeoutMs = 3000;

}  // namespace

void Consumer::Seek(std::vector<PartitionOffset> offsets, std::vector<PartitionOffset> timestamps,
                    ReplyTo reply_to) {
  Post([this, offsets = std::move(offsets), timestamps = std::move(timestamps),
        reply_to = std::move(reply_to)] {
    const auto seek = [this, offsets, timestamps, reply_to] {
      if (RefuseUnassigned(offsets, reply_to) || RefuseUnassigned(timestamps, reply_to)) return;
      std::set<TopicPartition> ends;
      for (const auto& each : offsets) {
        if (each.offset == RD_KAFKA_OFFSET_END) {
          ends.insert(each.partition);
        } else {
          SetSeek(each.partition, each.offset);
        }
      }
      SeekToTimestamps(timestamps, std::move(ends), reply_to);
    };
    if (!DeferUntilAssigned(seek)) seek();
  });
}

void Consumer::SeekAll(int64_t offset, ReplyTo reply_to) {
  Post([this, offset, reply_to = std::move(reply_to)] {
    const auto seek = [this, offset, reply_to] {
      if (RefuseUnassigned({}, reply_to)) return;
      if (membership_.is_joining()) {
        reply_to.Fault(kIllegalState,
                       "Illegal state: The group has not assigned partitions to the instance yet. "
                       "Try again later.");
        return;
      }
      std::set<TopicPartition> all;
      for (const auto& [partition, state] : positions_) all.insert(partition);
      if (offset == RD_KAFKA_OFFSET_END) {
        SeekToEnds(all, reply_to);
      } else {
        for (const auto& partition : all) SetSeek(partition, offset);
        reply_to.Reply({});
      }
    };
    if (!DeferUntilAssigned(seek)) seek();
  });
}

bool Consumer::RefuseUnassigned(const std::vector<PartitionOffset>& offsets,
                                const ReplyTo& reply_to) {
  if (phase_ != Phase::kOpen) {
    reply_to.Fault(kInstanceNotFound, {});
    return true;
  }
  for (const auto& each : offsets) {
    if (positions_.Has(each.partition)) continue;
    reply_to.Fault(kIllegalState, "Illegal state: No current assignment for partition " +
                                      Describe(each.partition));
    return true;
  }
  return false;
}

void Consumer::SetSeek(const TopicPartition& partition, int64_t offset) {
  positions_.Seek(partition, offset);
  OnSeekSet(partition);
}

/// Delivered records stay delivered, and committed ones do not come again.
void Consumer::SeekBack(const TopicPartition& partition, int64_t offset) {
  positions_.Return(partition, offset);
  OnSeekSet(partition);
}

void Consumer::OnSeekSet(const TopicPartition& partition) {
  // librdkafka forgets a seek that comes while it asks for the committed offset: it starts at that.
  // For an assignment with an offset it does not ask. In a group such an assignment could be taken
  // for the answer to a rebalance; there OnAssigned() has the seeks that come right after a
  // subscription.
  if (membership_.has_manual_assignment()) positions_.Of(partition).is_stopped = true;
  faults_.ForgetNext();
  reads_.EndEarly();
  reads_.Forget(partition);
  fetched_->Drop(partition);
}

/// Returns whether a blocking thread seeks now.
bool Consumer::ApplySeeks(TimePoint now) {
  if (!positions_.seeks().IsDue(now)) return false;
  ResumeFetching();
  TplRef seeks = NewTpl(1);
  const TplRef restarts = NewTpl(1);
  for (const auto& [partition, state] : positions_) {
    if (state.seek_to) Add(state.is_stopped ? restarts : seeks, partition)->offset = *state.seek_to;
  }
  positions_.seeks().Clear();
  if (restarts->cnt > 0) Restart(restarts);
  if (seeks->cnt == 0) return false;
  StartSeek(std::move(seeks));
  return true;
}

/// librdkafka has no seek that tells its outcome later; so a blocking thread waits, and the actor
/// does nothing meanwhile, because all that it does next depends on the positions.
void Consumer::StartSeek(TplRef seeks) {
  rd_kafka_topic_partition_list_t* tpl = positions_.seeks().Start(std::move(seeks));
  Engine::Get().blocking().Run([self = shared_from_this(), this, tpl] {
    const ErrorRef error(rd_kafka_seek_partitions(rk_, tpl, kSeekTimeoutMs));
    positions_.seeks().Finish();
    Wake();
  });
}

void Consumer::OnSought() {
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
        fetched_->Drop(partition);
        break;
      default:
        state.seek_to.reset();
        positions_.Fail(&state, sought->elems[i].err);
        break;
    }
  }
  if (has_failed) positions_.seeks().AddRetry(Clock::now());
}

/// Starts partitions at the offsets in `tpl`. librdkafka may have ended their fetching, as it does
/// after some errors; then it takes no seek, but only a new assignment.
void Consumer::Restart(const TplRef& tpl) {
  // Refused in a group without the cooperative protocol.
  const ErrorRef refused(rd_kafka_incremental_unassign(rk_, tpl.get()));
  if (refused) {
    RestartWhole(tpl);
  } else {
    RestartPart(tpl);
  }
}

/// Assigns the partitions in `tpl` again, which are unassigned.
void Consumer::RestartPart(const TplRef& tpl) {
  AwaitStops();
  OnRestarted(tpl.get());
  const ErrorRef refused(rd_kafka_incremental_assign(rk_, tpl.get()));
}

/// Replaces the whole assignment: those in `tpl` start there, the others go on where they are.
void Consumer::RestartWhole(const TplRef& tpl) {
  for (const auto& [partition, state] : positions_) {
    const bool is_listed = rd_kafka_topic_partition_list_find(tpl.get(), partition.topic.c_str(),
                                                              partition.partition) != nullptr;
    if (!is_listed) Add(tpl, partition)->offset = NextFetchOf(partition, state);
  }
  rd_kafka_assign(rk_, nullptr);
  AwaitStops();
  OnRestarted(tpl.get());
  rd_kafka_assign(rk_, tpl.get());
}

/// The partitions in `tpl` are about to be assigned at the offsets there.
void Consumer::OnRestarted(const rd_kafka_topic_partition_list_t* tpl) {
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    PartitionState& state = positions_.Of(partition);
    state.start = tpl->elems[i].offset;
    state.seek_to.reset();
    state.is_stopped = false;
    fetched_->Drop(partition);
    fetched_->Attach(partition);
  }
}

/// librdkafka asks the group where to start once. When the coordinator has just moved, it gets no
/// answer, and does not ask again: the partitions that wait for it have to be assigned anew.
void Consumer::StartAgain(TimePoint now) {
  if (now < start_again_at_) return;
  start_again_at_ = TimePoint::max();
  for (auto& [partition, state] : positions_) {
    const int64_t position = PositionOf(partition, state);
    if (!state.seek_to && position != RD_KAFKA_OFFSET_INVALID) continue;
    state.seek_to = position;  // RD_KAFKA_OFFSET_INVALID stands for the committed offset.
    state.is_stopped = true;
    positions_.seeks().Add();
  }
}

/// A broker has refused to give the record at `offset`. librdkafka goes on asking for it, but
///  1. some refusals it tells once, however often they come, and of none it tells the end, as long
///     as there is nothing to read;
///  2. it counts the error as a record: paused and resumed, it would go on behind `offset`.
/// A seek to the same offset makes it tell a refusal that lasts again, and forget the count.
void Consumer::FetchAgain(const TopicPartition& partition, int64_t offset) {
  PartitionState* state = positions_.Find(partition);
  if (!state) return;
  state->is_stopped = false;
  if (state->seek_to) return;
  state->error_until = Clock::now() + error_repeated_within_;
  state->seek_to = offset;
  positions_.seeks().AddAt(Clock::now() + SeekSchedule::kFirstPause);
}

/// Where a partition goes on that loses its fetched records: after its delivered records. Records
/// of a response that is being written come again, so that they are not lost with its client.
int64_t Consumer::PositionOf(const TopicPartition& partition, const PartitionState& state) const {
  if (state.seek_to) return *state.seek_to;
  if (state.delivered >= 0) return state.delivered;
  if (const auto* range = reads_.RangeOf(partition)) return range->first;
  const int64_t position = fetched_->PositionOf(partition);
  return position == RD_KAFKA_OFFSET_INVALID ? state.start : position;
}

/// Where a partition goes on whose records stay with the reads that took them: after the last
/// record taken.
int64_t Consumer::NextFetchOf(const TopicPartition& partition, const PartitionState& state) const {
  if (state.seek_to) return *state.seek_to;
  const int64_t fetched = fetched_->PositionOf(partition);
  if (fetched >= 0) return fetched;
  return state.delivered >= 0 ? state.delivered : state.start;
}

/// Seeks to the first records at or after `timestamps`; then to the ends of `ends`, and of
/// partitions that have no such record.
void Consumer::SeekToTimestamps(const std::vector<PartitionOffset>& timestamps,
                                std::set<TopicPartition> ends, const ReplyTo& reply_to) {
  if (timestamps.empty()) {
    SeekToEnds(ends, reply_to);
    return;
  }
  TplRef tpl = NewTpl(timestamps.size());
  for (const auto& each : timestamps) Add(tpl, each.partition)->offset = each.offset;
  AskForOffsets(std::move(tpl), kCallTimeoutMs, reply_to,
                [this, ends = std::move(ends), reply_to](Offsets offsets) mutable {
                  for (const auto* found : offsets) {
                    const TopicPartition partition{found->topic, found->partition};
                    if (found->offset < 0) {
                      ends.insert(partition);
                    } else if (positions_.Has(partition)) {  // It may have been revoked meanwhile.
                      SetSeek(partition, found->offset);
                    }
                  }
                  SeekToEnds(ends, reply_to);
                });
}

/// Replies when the ends are known: records that are written from then on will be read. When the
/// brokers do not tell, librdkafka asks until they do, and the end is that of their answer.
void Consumer::SeekToEnds(const std::set<TopicPartition>& partitions, const ReplyTo& reply_to) {
  if (partitions.empty()) {
    reply_to.Reply({});
    return;
  }
  const auto seek = [this](const TopicPartition& partition, int64_t end) {
    if (positions_.Has(partition)) SetSeek(partition, end);
  };
  TplRef tpl = NewTpl(partitions.size());
  for (const auto& partition : partitions) {
    Add(tpl, partition)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
  }
  const auto on_found = [seek, reply_to](Offsets offsets) {
    for (const auto* found : offsets) {
      seek({found->topic, found->partition},
           found->offset >= 0 ? found->offset : RD_KAFKA_OFFSET_END);
    }
    reply_to.Reply({});
  };
  const auto on_error = [seek, partitions, reply_to](rd_kafka_resp_err_t) {
    for (const auto& partition : partitions) seek(partition, RD_KAFKA_OFFSET_END);
    reply_to.Reply({});
    return true;
  };
  AskForOffsets(std::move(tpl), kEndsTimeoutMs, reply_to, on_found, on_error);
}

/// Asks for the offsets of the timestamps and RD_KAFKA_OFFSET_SPEC_… in `tpl`: for all, or none.
void Consumer::AskForOffsets(TplRef tpl, int timeout_ms, const ReplyTo& reply_to,
                             OnOffsets on_offsets, PendingCalls::OnError on_error) {
  const auto ask = [this, tpl = std::shared_ptr(std::move(tpl))](void* call, int left_ms) {
    const OptionsRef options = AdminOptions(rk_, RD_KAFKA_ADMIN_OP_LISTOFFSETS, left_ms, call);
    // To one that reads committed records only, the end is before the first open transaction.
    rd_kafka_AdminOptions_set_isolation_level(options.get(), isolation_);
    rd_kafka_ListOffsets(rk_, tpl.get(), options.get(), events_.get());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto on_result = [on_offsets = std::move(on_offsets)](
                             rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
    size_t count = 0;
    const auto** infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
    Offsets offsets(count);
    std::transform(infos, infos + count, offsets.begin(),
                   rd_kafka_ListOffsetsResultInfo_topic_partition);
    for (const auto* found : offsets) {
      const rd_kafka_resp_err_t error = ListingError(*found);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return PendingCalls::Failure{error, rd_kafka_err2str(error)};
      }
    }
    on_offsets(std::move(offsets));
    return std::nullopt;
  };
  calls_.Add(reply_to, timeout_ms, ask, on_result, std::move(on_error));
}

}  // namespace sluice
