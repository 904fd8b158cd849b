// The partitions of a consumer instance: by subscription and rebalance, or by assignment.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "json/escape.h"
#include "kafka/consumer/consumer.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// A command that needs an assignment waits this long for a group that is still being joined.
constexpr std::chrono::seconds kJoinTimeout{5};
/// With automatic commits a revocation waits this long for the response that is being written, so
/// that its offsets can still be committed. The rest of the group waits as long.
constexpr std::chrono::seconds kDeliveryWait{1};

constexpr char kExclusive[] =
    "Illegal state: Subscription to topics, partitions and pattern are mutually exclusive";

}  // namespace

void Consumer::Subscribe(std::vector<std::string> topics, bool by_pattern, ReplyTo reply_to) {
  Post([this, topics = std::move(topics), by_pattern, reply_to = std::move(reply_to)]() mutable {
    const auto mode = by_pattern ? Membership::Mode::kPattern : Membership::Mode::kTopics;
    if (RefuseModeChange(mode, reply_to)) return;
    // librdkafka would not rebalance for the same topics in another order.
    if (membership_.IsSame(mode, topics)) {
      reply_to.Reply({});
      return;
    }
    const TplRef tpl = NewTpl(topics.size());
    for (const auto& topic : topics) Add(tpl, {topic, RD_KAFKA_PARTITION_UA});
    // librdkafka does not take an empty subscription; a pattern may match nothing yet.
    const rd_kafka_resp_err_t error =
        topics.empty() ? rd_kafka_unsubscribe(rk_) : rd_kafka_subscribe(rk_, tpl.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      reply_to.KafkaError(error, rd_kafka_err2str(error));
      return;
    }
    membership_.OnSubscribed(mode, std::move(topics));
    faults_.ForgetSubscription();
    // librdkafka does not repeat what it said of a topic of an earlier subscription.
    if (!by_pattern) CheckTopics({membership_.topics().begin(), membership_.topics().end()});
    reads_.EndEarly();
    ServeEvents();  // An assignment that is there already answers the subscription before.
    membership_.OnAnswerAwaited();
    reply_to.Reply({});
  });
}

void Consumer::Unsubscribe(ReplyTo reply_to) {
  Post([this, reply_to = std::move(reply_to)] {
    if (phase_ != Phase::kOpen) {
      reply_to.Fault(kInstanceNotFound, {});
      return;
    }
    if (membership_.has_manual_assignment()) {
      for (const auto& [partition, state] : positions_) LoseUncommitted(partition, state);
      DropPartitions();
      UnassignAll();
    } else if (membership_.mode() != Membership::Mode::kNone) {
      reads_.EndEarly();
      rd_kafka_unsubscribe(rk_);
    }
    membership_.OnUnsubscribed();
    faults_.ForgetSubscription();
    reply_to.Reply({});
  });
}

void Consumer::GetSubscription(ReplyTo reply_to) {
  Post([this, reply_to = std::move(reply_to)] {
    std::string json = "[";
    for (const auto& topic : membership_.topics()) {
      if (json.size() > 1) json.push_back(',');
      json::AppendQuoted(topic, &json);
    }
    reply_to.Reply(json + ']');
  });
}

void Consumer::Assign(std::vector<TopicPartition> partitions, ReplyTo reply_to) {
  Post([this, partitions = std::move(partitions), reply_to = std::move(reply_to)] {
    if (RefuseModeChange(Membership::Mode::kPartitions, reply_to)) return;
    const std::set<TopicPartition> next(partitions.begin(), partitions.end());
    for (const auto& [partition, state] : positions_) {
      if (!next.contains(partition)) LoseUncommitted(partition, state);
    }
    membership_.OnPartitionsAssigned(partitions.empty());
    ReplaceAssignment(next);
    reply_to.Reply({});
  });
}

/// Partitions that stay assigned keep their positions, as in the Java client.
void Consumer::ReplaceAssignment(const std::set<TopicPartition>& partitions) {
  Positions::Partitions next;
  for (const auto& partition : partitions) {
    PartitionState& state = next[partition];
    if (const PartitionState* kept = positions_.Find(partition)) {
      state = *kept;
      state.seek_to = PositionOf(partition, *kept);
    }
  }
  DropPartitions();
  positions_.Replace(std::move(next));
  AssignPartitions();
}

/// librdkafka takes an assignment as the answer to a rebalance, so that ours has to be told again.
void Consumer::AssignAgain() {
  std::set<TopicPartition> partitions;
  for (const auto& [partition, state] : positions_) partitions.insert(partition);
  ReplaceAssignment(partitions);
}

/// Replaces the assignment that librdkafka has.
void Consumer::AssignPartitions() {
  const TplRef tpl = NewTpl(positions_.size());
  UnassignAll();
  AwaitStops();
  for (auto& [partition, state] : positions_) {
    fetched_->Attach(partition);
    // RD_KAFKA_OFFSET_INVALID stands for the committed offset.
    state.start = state.seek_to.value_or(state.delivered);
    Add(tpl, partition)->offset = state.start;
    state.seek_to.reset();
    state.is_stopped = false;
  }
  if (!positions_.is_empty()) AssignAll(tpl.get());
  CheckFaultyTopics();
}

// After a group with the cooperative protocol, and in it, librdkafka takes no whole assignments.

void Consumer::AssignAll(const rd_kafka_topic_partition_list_t* tpl) {
  if (rd_kafka_assign(rk_, tpl) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const ErrorRef error(rd_kafka_incremental_assign(rk_, tpl));
}

void Consumer::UnassignAll() {
  if (rd_kafka_assign(rk_, nullptr) == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(rk_, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const TplRef tpl(assigned);
  const ErrorRef error(rd_kafka_incremental_unassign(rk_, tpl.get()));
}

/// librdkafka's main thread stops the fetching of unassigned partitions in the background, and so
/// undoes what Attach() has done, too: then their records would come to nobody. It does one thing
/// after the other, so that its answer to a question shows that it is done with that.
void Consumer::AwaitStops() {
  rd_kafka_topic_partition_list_t* assigned = nullptr;
  if (rd_kafka_assignment(rk_, &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  rd_kafka_topic_partition_list_destroy(assigned);
}

void Consumer::DropPartitions() {
  ResumeFetching();
  reads_.EndEarly();
  fetched_->DropAll();
  for (const auto& [partition, state] : positions_) reads_.Revoke(partition);
  positions_.Replace({});
  lag_.Clear();
  faults_.ForgetSubscription();
}

void Consumer::GetAssignment(ReplyTo reply_to) {
  Post([this, reply_to = std::move(reply_to)] {
    std::string json = "[";
    for (const auto& [partition, state] : positions_) {
      if (json.size() > 1) json.push_back(',');
      json.push_back('[');
      json::AppendQuoted(partition.topic, &json);
      json.append(",").append(std::to_string(partition.partition)).append("]");
    }
    reply_to.Reply(json + ']');
  });
}

bool Consumer::RefuseModeChange(Membership::Mode mode, const ReplyTo& reply_to) {
  if (phase_ != Phase::kOpen) {
    reply_to.Fault(kInstanceNotFound, {});
    return true;
  }
  if (membership_.mode() == Membership::Mode::kNone || membership_.mode() == mode) return false;
  reply_to.Fault(kIllegalState, kExclusive);
  return true;
}

void Consumer::OnRebalance(EventRef event) {
  if (phase_ == Phase::kClosing) {
    UnassignForClose();
    return;
  }
  const auto* tpl = rd_kafka_event_topic_partition_list(event.get());
  if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    OnAssigned(tpl);
    return;
  }
  reads_.EndEarly();
  const TimePoint now = Clock::now();
  revocation_ = Revocation{std::move(event), RevocationDeadline(now)};
  RevokeWhenSettled(now);
}

void Consumer::OnAssigned(const rd_kafka_topic_partition_list_t* tpl) {
  ResumeFetching();
  faults_.ForgetNext();  // It was about the joining, which is over.
  faults_.OnGroupAnswer();
  const char* protocol = rd_kafka_rebalance_protocol(rk_);  // Null when librdkafka has given up.
  membership_.set_cooperative(protocol && strcmp(protocol, "COOPERATIVE") == 0);
  // The group's answer to a subscription that was given up for partitions meanwhile.
  if (membership_.has_manual_assignment()) {
    AssignAgain();
    return;
  }
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    fetched_->Attach(partition);
    positions_.Add(partition);
  }
  membership_.OnGroupAssigned(HasUnsubscribed());
  if (!membership_.is_joining()) {
    // Before librdkafka asks where to start: it would forget a seek that comes meanwhile.
    for (auto& deferred : std::exchange(deferred_, {})) deferred.command();
  }
  const TplRef starts = NewTpl(tpl->cnt);
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    PartitionState& state = positions_.Of(partition);
    state.start = state.seek_to.value_or(RD_KAFKA_OFFSET_INVALID);
    state.seek_to.reset();
    Add(starts, partition)->offset = state.start;
  }
  if (membership_.is_cooperative()) {
    const ErrorRef error(rd_kafka_incremental_assign(rk_, starts.get()));
  } else {
    rd_kafka_assign(rk_, starts.get());
  }
}

void Consumer::RevokeWhenSettled(TimePoint now) {
  if (!revocation_) return;
  if (now < revocation_->deadline && IsRevocationAwaited()) return;
  const auto revocation = std::exchange(revocation_, std::nullopt);
  Revoke(revocation->partitions());
  Wake();  // The next read was held back.
}

/// The client of an instance that commits by request has a time from its last request on. A client
/// that is gone delays its group no longer, and not at all when it left before that.
TimePoint Consumer::RevocationDeadline(TimePoint now) const {
  if (auto_commit_) return now + kDeliveryWait;
  const TimePoint last_use =
      reads_.is_being_written() ? now : used_at_.load(std::memory_order_relaxed);
  return last_use + std::min(std::chrono::milliseconds(settings_.commit_wait_ms), poll_interval_);
}

/// Whether records of the partitions that are to go may still be committed. The next read ends the
/// wait, as poll() of Kafka's Java client does, and so does a command that waits for an assignment.
bool Consumer::IsRevocationAwaited() const {
  if (rd_kafka_assignment_lost(rk_)) return false;
  if (auto_commit_) return reads_.is_being_written();
  if (!membership_.is_subscribed()) return false;
  if (reads_.is_being_written() || commit_token_.use_count() > 1) return true;
  if (!reads_.is_empty() || !deferred_.empty()) return false;
  const auto* tpl = revocation_->partitions();
  return std::any_of(tpl->elems, tpl->elems + tpl->cnt, [this](const auto& element) {
    const PartitionState* state = positions_.Find({element.topic, element.partition});
    return state && state->is_uncommitted;
  });
}

void Consumer::Revoke(const rd_kafka_topic_partition_list_t* tpl) {
  ResumeFetching();
  ++commits_;
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    fetched_->Drop(partition);
    if (membership_.has_manual_assignment()) continue;  // It came after the subscription.
    reads_.Revoke(partition);
    const PartitionState* state = positions_.Find(partition);
    if (!state) continue;
    LoseUncommitted(partition, *state);
    positions_.Remove(partition);
    lag_.Remove(partition);
  }
  membership_.OnGroupRevoked(positions_.is_empty());
  if (membership_.is_cooperative()) {
    const ErrorRef error(rd_kafka_incremental_unassign(rk_, tpl));
  } else {
    rd_kafka_assign(rk_, nullptr);
  }
  // A subscription that was given up for partitions ends only now, and took them with it.
  if (membership_.has_manual_assignment()) AssignAgain();
}

bool Consumer::DeferUntilAssigned(Command command) {
  if (!membership_.is_joining() || phase_ != Phase::kOpen) return false;
  deferred_.push_back({Clock::now() + kJoinTimeout, std::move(command)});
  return true;
}

/// Whether the instance can read nothing while its group refuses it: the group would have to assign
/// partitions, or tell the committed offsets to start at.
bool Consumer::NeedsGroup() const {
  if (!faults_.is_group_refused()) return false;
  if (!membership_.has_manual_assignment()) return positions_.is_empty();
  return std::any_of(positions_.begin(), positions_.end(), [this](const auto& entry) {
    return entry.second.delivered < 0 &&
           fetched_->PositionOf(entry.first) == RD_KAFKA_OFFSET_INVALID;
  });
}

/// Runs the commands that have waited for kJoinTimeout; without an assignment they are refused.
void Consumer::RunDeferred(TimePoint now) {
  while (!deferred_.empty() && deferred_.front().deadline <= now) {
    const Command command = std::move(deferred_.front().command);
    deferred_.pop_front();
    // With the cooperative protocol librdkafka does not rebalance for a subscription with which it
    // has no other topics than before, because some do not exist.
    if (!positions_.is_empty() && !HasUnsubscribed()) membership_.OnNoAnswer();
    command();
  }
}

/// Whether partitions are assigned whose topics the subscription no longer has. librdkafka keeps
/// them until their revocation, which it asks for only after a rebalance that is under way, or with
/// the metadata of the new topics. They stay in positions_, so that it says the same as
/// librdkafka, and no read takes their records.
bool Consumer::HasUnsubscribed() const {
  return std::any_of(positions_.begin(), positions_.end(),
                     [this](const auto& entry) { return !membership_.Has(entry.first.topic); });
}

}  // namespace sluice
