#include "kafka/consumer/assignment.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "json/escape.h"
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

bool Assignment::Subscribe(std::vector<std::string> topics, bool by_pattern,
                           const ReplyTo& reply_to) {
  const auto mode = by_pattern ? Membership::Mode::kPattern : Membership::Mode::kTopics;
  if (RefuseModeChange(mode, reply_to)) return false;
  // librdkafka would not rebalance for the same topics in another order.
  if (membership_.IsSame(mode, topics)) {
    reply_to.Reply({});
    return false;
  }
  // The names of a pattern are those of topics that exist.
  if (!by_pattern && RefuseNames({topics.begin(), topics.end()}, reply_to)) return false;
  const TplRef tpl = NewTpl(topics.size());
  for (const auto& topic : topics) Add(tpl, {topic, RD_KAFKA_PARTITION_UA});
  // librdkafka does not take an empty subscription; a pattern may match nothing yet.
  const rd_kafka_resp_err_t error = topics.empty()
                                        ? rd_kafka_unsubscribe(client_.handle())
                                        : rd_kafka_subscribe(client_.handle(), tpl.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    reply_to.KafkaError(error, rd_kafka_err2str(error));
    return false;
  }
  membership_.OnSubscribed(mode, std::move(topics));
  faults_.ForgetSubscription();
  // librdkafka does not repeat the error of a topic of an earlier subscription.
  if (!by_pattern) topics_.CheckSubscribed();
  reads_.EndEarly();
  return true;
}

void Assignment::Unsubscribe(const ReplyTo& reply_to) {
  if (membership_.has_manual_assignment()) {
    for (const auto& [partition, state] : positions_) LoseUncommitted(partition, state);
    fetching_.Unassign();
  } else if (membership_.mode() != Membership::Mode::kNone) {
    reads_.EndEarly();
    rd_kafka_unsubscribe(client_.handle());
  }
  membership_.OnUnsubscribed();
  faults_.ForgetSubscription();
  reply_to.Reply({});
}

void Assignment::Assign(const std::vector<TopicPartition>& partitions, const ReplyTo& reply_to) {
  if (RefuseModeChange(Membership::Mode::kPartitions, reply_to)) return;
  std::set<std::string> topics;
  for (const auto& partition : partitions) topics.insert(partition.topic);
  if (RefuseNames(topics, reply_to)) return;
  const std::set<TopicPartition> next(partitions.begin(), partitions.end());
  for (const auto& [partition, state] : positions_) {
    if (!next.contains(partition)) LoseUncommitted(partition, state);
  }
  membership_.OnPartitionsAssigned(partitions.empty());
  Replace(next);
  reply_to.Reply({});
}

void Assignment::Replace(const std::set<TopicPartition>& partitions) {
  fetching_.Replace(partitions);
  topics_.CheckFaulty();
}

void Assignment::GetAssignment(const ReplyTo& reply_to) const {
  std::string json = "[";
  for (const auto& [partition, state] : positions_) {
    if (json.size() > 1) json.push_back(',');
    json.push_back('[');
    json::AppendQuoted(partition.topic, &json);
    json.append(",").append(std::to_string(partition.partition)).append("]");
  }
  reply_to.Reply(json + ']');
}

bool Assignment::RefuseModeChange(Membership::Mode mode, const ReplyTo& reply_to) const {
  if (membership_.mode() == Membership::Mode::kNone || membership_.mode() == mode) return false;
  reply_to.Fault(kIllegalState, kExclusive);
  return true;
}

bool Assignment::RefuseNames(const std::set<std::string>& topics, const ReplyTo& reply_to) {
  if (named_.Add(topics)) return false;
  reply_to.Fault(kUnprocessable,
                 "The requests to this consumer instance name more than " +
                     std::to_string(NamedTopics::kMax) +
                     " topics, each of which holds memory for as long as the instance lives. "
                     "Delete it, and create another one.");
  return true;
}

void Assignment::OnRebalance(EventRef event) {
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

void Assignment::OnAssigned(const rd_kafka_topic_partition_list_t* tpl) {
  fetching_.records().Resume();
  faults_.ForgetNext();  // It was about the joining, which is over.
  faults_.OnGroupAnswer();
  const char* protocol =
      rd_kafka_rebalance_protocol(client_.handle());  // Null when librdkafka has given up.
  membership_.set_cooperative(protocol && strcmp(protocol, "COOPERATIVE") == 0);
  // The group's answer to a subscription that was given up for partitions meanwhile. librdkafka
  // takes an assignment as the answer to a rebalance, so that ours has to be told again.
  if (membership_.has_manual_assignment()) {
    Replace(positions_.All());
    return;
  }
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    fetching_.records().Attach(partition);
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
    const ErrorRef error(rd_kafka_incremental_assign(client_.handle(), starts.get()));
  } else {
    rd_kafka_assign(client_.handle(), starts.get());
  }
}

void Assignment::RevokeWhenSettled(TimePoint now) {
  if (!revocation_) return;
  if (now < revocation_->deadline && IsRevocationAwaited()) return;
  Revoke();
  client_.actor().Wake();  // The next read was held back.
}

/// The client of an instance that commits by request has a time from its last request on. A client
/// that is gone delays its group no longer, and not at all when it left before that.
TimePoint Assignment::RevocationDeadline(TimePoint now) const {
  if (client_.has_auto_commit()) return now + kDeliveryWait;
  const TimePoint last_use = reads_.is_being_written() ? now : reads_.used_at();
  return last_use + std::min(commit_wait_, client_.poll_interval());
}

/// Whether records of the partitions that are to go may still be committed. The next read ends the
/// wait, as poll() of Kafka's Java client does, and so does a command that waits for an assignment.
bool Assignment::IsRevocationAwaited() const {
  if (rd_kafka_assignment_lost(client_.handle())) return false;
  if (client_.has_auto_commit()) return reads_.is_being_written();
  if (!membership_.is_subscribed()) return false;
  if (reads_.is_being_written() || commits_.has_open()) return true;
  if (!reads_.is_empty() || !deferred_.empty()) return false;
  const auto* tpl = revocation_->partitions();
  return std::any_of(tpl->elems, tpl->elems + tpl->cnt, [this](const auto& element) {
    const PartitionState* state = positions_.Find({element.topic, element.partition});
    return state && state->is_uncommitted;
  });
}

void Assignment::Revoke() {
  const auto revocation = std::exchange(revocation_, std::nullopt);
  const auto* tpl = revocation->partitions();
  fetching_.records().Resume();
  commits_.OnRevoked();
  for (int i = 0; i < tpl->cnt; ++i) {
    const TopicPartition partition{tpl->elems[i].topic, tpl->elems[i].partition};
    fetching_.records().Drop(partition);
    if (membership_.has_manual_assignment()) continue;  // It came after the subscription.
    reads_.Revoke(partition);
    const PartitionState* state = positions_.Find(partition);
    if (!state) continue;
    LoseUncommitted(partition, *state);
    positions_.Remove(partition);
  }
  membership_.OnGroupRevoked(positions_.is_empty());
  if (membership_.is_cooperative()) {
    const ErrorRef error(rd_kafka_incremental_unassign(client_.handle(), tpl));
  } else {
    rd_kafka_assign(client_.handle(), nullptr);
  }
  // A subscription that was given up for partitions ends only now, and took them with it.
  if (membership_.has_manual_assignment()) Replace(positions_.All());
}

/// With automatic commits librdkafka commits the stored offsets before a partition goes.
void Assignment::LoseUncommitted(const TopicPartition& partition, const PartitionState& state) {
  const bool is_left = !client_.has_auto_commit() || rd_kafka_assignment_lost(client_.handle());
  if (is_left) positions_.Lose(partition, state);
}

void Assignment::RunWhenAssigned(const ReplyTo& reply_to, std::function<void()> command) {
  if (membership_.is_joining()) {
    deferred_.push_back({Clock::now() + kJoinTimeout, reply_to, std::move(command)});
  } else {
    command();
  }
}

bool Assignment::NeedsGroup() const {
  if (!faults_.is_group_refused()) return false;
  return membership_.has_manual_assignment() ? !fetching_.HasAllPositions() : positions_.is_empty();
}

void Assignment::RunDeferred(TimePoint now) {
  while (!deferred_.empty() && deferred_.front().deadline <= now) {
    const auto command = std::move(deferred_.front().command);
    deferred_.pop_front();
    // With the cooperative protocol librdkafka does not rebalance for a subscription with which it
    // has no other topics than before, because some do not exist.
    if (!positions_.is_empty() && !HasUnsubscribed()) membership_.OnNoAnswer();
    command();
  }
}

bool Assignment::HasUnsubscribed() const {
  return std::any_of(positions_.begin(), positions_.end(),
                     [this](const auto& entry) { return !membership_.Has(entry.first.topic); });
}

void Assignment::Close(int32_t error_code) {
  for (const auto& deferred : std::exchange(deferred_, {})) {
    deferred.reply_to.Fault(error_code, {});
  }
  if (revocation_) Revoke();
}

TimePoint Assignment::NextAlarm() const {
  TimePoint next = revocation_ ? revocation_->deadline : TimePoint::max();
  for (const auto& deferred : deferred_) next = std::min(next, deferred.deadline);
  return next;
}

}  // namespace sluice
