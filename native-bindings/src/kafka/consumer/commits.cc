#include "kafka/consumer/commits.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "json/escape.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// The pause before the next try of a commit that came in the middle of a rebalance.
constexpr std::chrono::milliseconds kRebalancePause{100};

/// librdkafka lets a request to a group's coordinator wait for so long at the most. The time must
/// not end before the answer, or the end of the client: when the coordinator comes back after that,
/// librdkafka looks for a request that it has freed, and ends the process.
constexpr int kCoordinatorTimeoutMs = 3'600'000;
/// The requests that librdkafka keeps for a coordinator that it does not reach.
constexpr size_t kMaxCoordinatorRequests = 100;

int MillisecondsUntil(TimePoint deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(left.count());
}

/// The first error among the partitions of a result.
rd_kafka_resp_err_t FirstError(const rd_kafka_topic_partition_list_t* tpl) {
  for (int i = 0; tpl && i < tpl->cnt; ++i) {
    if (tpl->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return tpl->elems[i].err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/// A JSON array of [topic, partition, offset, metadata] of those that have a committed offset.
std::string DescribeCommitted(const rd_kafka_topic_partition_list_t* committed) {
  std::string json = "[";
  for (int i = 0; committed && i < committed->cnt; ++i) {
    const auto& each = committed->elems[i];
    if (each.offset < 0) continue;
    if (json.size() > 1) json.push_back(',');
    json.push_back('[');
    json::AppendQuoted(each.topic, &json);
    json.append(",").append(std::to_string(each.partition));
    json.append(",").append(std::to_string(each.offset)).append(",");
    json::AppendQuoted({static_cast<const char*>(each.metadata), each.metadata_size}, &json);
    json.push_back(']');
  }
  return json + ']';
}

}  // namespace

CommitRef Commits::NewRequest(std::vector<PartitionOffset> offsets, bool is_of_delivered,
                              ReplyTo reply_to) {
  const TimePoint deadline = Clock::now() + std::chrono::milliseconds(kCallTimeoutMs);
  return std::make_shared<CommitRequest>(CommitRequest{
      std::move(offsets), is_of_delivered, std::move(reply_to), deadline, ++last_, token_});
}

void Commits::Run(const CommitRef& request) {
  if (!request->is_of_delivered && RefuseLate(*request)) return;
  if (request->is_of_delivered) fetching_.PassControlRecords();
  const ConstTpl offsets = OffsetsOf(*request);
  if (offsets->cnt == 0) {
    if (!RefuseLate(*request)) request->reply_to.Reply({});
    return;
  }
  if (faults_.is_group_known()) {
    Send(request, offsets);
    return;
  }
  // librdkafka would hold a commit, and the end of the client with it, until it knows the group's
  // coordinator; a request for the committed offsets it answers, with the reason of a failure.
  AskForCommitted(offsets, request->reply_to,
                  [this, request, offsets](const auto* /*found*/) { Send(request, offsets); });
}

TplRef Commits::OffsetsOf(const CommitRequest& request) const {
  if (request.is_of_delivered) return positions_.Delivered();
  TplRef tpl = NewTpl(request.offsets.size());
  for (const auto& each : request.offsets) {
    auto* element = Add(tpl, each.partition);
    element->offset = each.offset;
    if (each.metadata.empty()) continue;
    // librdkafka frees it. Not strdup(): it may hold a NUL.
    element->metadata = malloc(each.metadata.size());
    memcpy(element->metadata, each.metadata.data(), each.metadata.size());
    element->metadata_size = each.metadata.size();
  }
  return tpl;
}

void Commits::Send(const CommitRef& request, ConstTpl offsets) {
  const auto on_result =
      [this, request](rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
    const auto* committed = rd_kafka_event_topic_partition_list(event);
    positions_.OnCommitted(committed);
    const auto error = FirstError(committed);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      OnFailure(request, error);
    } else if (!RefuseLate(*request)) {  // The partitions may have been taken away meanwhile.
      request->reply_to.Reply({});
    }
    return std::nullopt;
  };
  const auto on_error = [this, request](rd_kafka_resp_err_t error) {
    OnFailure(request, error);
    return true;
  };
  const auto commit = [this, offsets](void* call, int /*left_ms*/) {
    return rd_kafka_commit_queue(client_.handle(), offsets.get(), client_.events(), nullptr, call);
  };
  // Once: OnFailure() looks anew at what may be committed.
  client_.calls().AddOnce(request->reply_to, MillisecondsUntil(request->deadline), commit,
                          on_result, on_error);
}

void Commits::OnFailure(const CommitRef& request, rd_kafka_resp_err_t error) {
  const TimePoint next = Clock::now() + kRebalancePause;
  // With the cooperative protocol a member keeps partitions in a rebalance. For a moment of it the
  // coordinator takes no offsets, or has a new generation that librdkafka does not know yet.
  const bool is_rebalancing = error == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS ||
                              error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION;
  // Another try of offsets that the client named would undo a later commit.
  const bool is_latest = request->is_of_delivered || request->number == last_;
  const bool passes = is_latest && Engine::Get().errors().Passes(error);
  if ((passes || (is_rebalancing && membership_.is_subscribed())) && next < request->deadline) {
    retries_.push_back({next, request});
    return;
  }
  request->reply_to.KafkaError(error, faults_.Explain(error, rd_kafka_err2str(error), {}));
}

void Commits::Serve(TimePoint now) {
  for (auto& retry : std::exchange(retries_, {})) {
    if (retry.at > now) {
      retries_.push_back(std::move(retry));
    } else {
      Run(retry.request);
    }
  }
}

void Commits::FaultAll(int32_t error_code) {
  for (const auto& retry : std::exchange(retries_, {})) {
    retry.request->reply_to.Fault(error_code, {});
  }
}

TimePoint Commits::NextAlarm() const {
  TimePoint next = TimePoint::max();
  for (const auto& retry : retries_) next = std::min(next, retry.at);
  return next;
}

/// Answers a commit of records that come again all the same, because a rebalance was faster.
bool Commits::RefuseLate(const CommitRequest& request) {
  const std::optional<TopicPartition> late = FindLate(request);
  if (!late) return false;
  if (request.is_of_delivered) positions_.lost().OnReported();
  request.reply_to.KafkaError(
      RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST,
      "Offset commit cannot be completed since partition " + Describe(*late) +
          " was taken from this consumer instance, by a rebalance of its group or another "
          "assignment. Its records that were delivered and not committed are delivered again. "
          "Read on, and commit what the next reads return.");
  return true;
}

/// The first partition that was taken away before this commit.
std::optional<TopicPartition> Commits::FindLate(const CommitRequest& request) const {
  if (request.is_of_delivered) return positions_.lost().Unreported();
  // No other member gets the partitions of an instance without a subscription.
  if (!membership_.is_subscribed()) return std::nullopt;
  for (const auto& [partition, offset, metadata] : request.offsets) {
    const PartitionState* state = positions_.Find(partition);
    const bool is_lost = positions_.lost().Contains(partition);
    const bool is_late =
        state ? is_lost && offset > state->delivered : is_lost || membership_.Has(partition.topic);
    if (is_late) return partition;
  }
  return std::nullopt;
}

void Commits::OnEvent(rd_kafka_event_t* event) {
  if (!rd_kafka_event_opaque(event)) OnAutoCommitted(event);
  coordinator_requests_.erase(rd_kafka_event_opaque(event));
}

/// An automatic commit has an outcome, perhaps for partitions that were taken away meanwhile.
void Commits::OnAutoCommitted(rd_kafka_event_t* event) {
  const auto* committed = rd_kafka_event_topic_partition_list(event);
  const bool has_failed = rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (!has_failed) positions_.OnCommitted(committed);
  for (int i = 0; committed && i < committed->cnt; ++i) {
    const auto& element = committed->elems[i];
    const TopicPartition partition{element.topic, element.partition};
    const bool is_left = has_failed || element.err != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (is_left && element.offset >= 0 && !positions_.Has(partition)) {
      positions_.lost().Add(partition, element.offset);
    }
  }
}

void Commits::GetCommitted(const std::vector<TopicPartition>& partitions, const ReplyTo& reply_to) {
  TplRef tpl = NewTpl(partitions.size());
  for (const auto& partition : partitions) Add(tpl, partition);
  AskForCommitted(std::move(tpl), reply_to, [reply_to](const auto* committed) {
    reply_to.Reply(DescribeCommitted(committed));
  });
}

void Commits::AskForCommitted(ConstTpl tpl, const ReplyTo& reply_to, OnCommitted on_committed) {
  if (coordinator_requests_.size() >= kMaxCoordinatorRequests) {
    reply_to.KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT,
                        "The group's coordinator has left " +
                            std::to_string(kMaxCoordinatorRequests) +
                            " requests of this instance unanswered. Try again later.");
    return;
  }
  const auto ask = [this, tpl = std::move(tpl)](void* call, int /*left_ms*/) {
    coordinator_requests_.emplace(call, Clock::now());
    auto* request = rd_kafka_ListConsumerGroupOffsets_new(group_.c_str(), tpl.get());
    const OptionsRef options = AdminOptions(
        client_.handle(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, kCoordinatorTimeoutMs, call);
    rd_kafka_ListConsumerGroupOffsets(client_.handle(), &request, 1, options.get(),
                                      client_.events());
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto on_result = [this, on_committed = std::move(on_committed)](
                             rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
    size_t count = 0;
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    const rd_kafka_error_t* error = count > 0 ? rd_kafka_group_result_error(groups[0]) : nullptr;
    const auto* committed = count > 0 ? rd_kafka_group_result_partitions(groups[0]) : nullptr;
    const auto code = error ? rd_kafka_error_code(error) : FirstError(committed);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* detail = error ? rd_kafka_error_string(error) : rd_kafka_err2str(code);
      return PendingCalls::Failure{code, faults_.Explain(code, detail, {})};
    }
    faults_.OnGroupAnswer();
    on_committed(committed);
    return std::nullopt;
  };
  client_.calls().Add(reply_to, kCallTimeoutMs, ask, on_result);
}

/// librdkafka must not give up a request; see kCoordinatorTimeoutMs.
void Commits::CheckCoordinator(TimePoint now) {
  if (coordinator_requests_.empty()) return;
  // The opaques go up, so that the first request is the oldest.
  if (now - coordinator_requests_.begin()->second >= coordinator_patience_) {
    has_lost_coordinator_.store(true, std::memory_order_relaxed);
  }
}

}  // namespace sluice
