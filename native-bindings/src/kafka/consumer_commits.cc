// What a consumer instance commits, and what its group has committed.
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "json/escape.h"
#include "kafka/consumer.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

constexpr int kCallTimeoutMs = 10'000;

/// The longest that librdkafka lets a question to a group's coordinator wait. It must not end
/// before the answer, or the end of the client: when the coordinator comes back after that,
/// librdkafka looks for the question where there is none any more, and ends the process.
constexpr int kQuestionTimeoutMs = 3'600'000;
/// Of questions that librdkafka keeps for a coordinator that it does not reach.
constexpr size_t kMaxQuestions = 100;

/// A call that gets no answer in this time is answered with a timeout.
TimePoint CallDeadline() { return Clock::now() + std::chrono::milliseconds(kCallTimeoutMs); }

/// The first error among the partitions of a result.
rd_kafka_resp_err_t FirstError(const rd_kafka_topic_partition_list_t* tpl) {
  for (int i = 0; tpl && i < tpl->cnt; ++i) {
    if (tpl->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) return tpl->elems[i].err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/// For a moment; librdkafka asks who it is now.
bool IsCoordinatorMoving(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE;
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

void Consumer::CommitDelivered(ReplyTo reply_to) {
  Post([this, reply_to = std::move(reply_to)] {
    TplRef tpl = NewTpl(assignment_.size());
    for (const auto& [partition, state] : assignment_) {
      if (state.delivered >= 0) Add(tpl, partition)->offset = state.delivered;
    }
    CommitTpl(std::move(tpl), reply_to);
  });
}

void Consumer::Commit(std::vector<PartitionOffset> offsets, ReplyTo reply_to) {
  Post([this, offsets = std::move(offsets), reply_to = std::move(reply_to)] {
    TplRef tpl = NewTpl(offsets.size());
    for (const auto& each : offsets) {
      auto* element = Add(tpl, each.partition);
      element->offset = each.offset;
      if (!each.metadata.empty()) {
        // librdkafka frees it. Not strdup(): it may hold a NUL.
        element->metadata = malloc(each.metadata.size());
        memcpy(element->metadata, each.metadata.data(), each.metadata.size());
        element->metadata_size = each.metadata.size();
      }
    }
    CommitTpl(std::move(tpl), reply_to);
  });
}

void Consumer::CommitTpl(TplRef tpl, ReplyTo reply_to) {
  if (phase_ != Phase::kOpen) {
    reply_to.Fault(kInstanceNotFound, {});
    return;
  }
  if (tpl->cnt == 0) {
    reply_to.Reply({});
    return;
  }
  if (is_group_known_) {
    CommitNow(tpl.get(), reply_to);
    return;
  }
  // librdkafka would hold a commit, and the end of the client with it, until it knows the group's
  // coordinator; a question for the committed offsets it answers, and with the reason.
  const std::shared_ptr<rd_kafka_topic_partition_list_t> offsets(std::move(tpl));
  const auto commit = [this, offsets, reply_to] { CommitNow(offsets.get(), reply_to); };
  AskForCommitted(
      offsets.get(), reply_to, [commit](const auto* /*committed*/) { commit(); },
      [commit](rd_kafka_resp_err_t error) {
        const bool is_moving = IsCoordinatorMoving(error);  // For that, librdkafka does wait.
        if (is_moving) commit();
        return is_moving;
      });
}

void Consumer::CommitNow(const rd_kafka_topic_partition_list_t* tpl, ReplyTo reply_to) {
  void* call = calls_.Add(reply_to, CallDeadline(), [this, reply_to](rd_kafka_event_t* event) {
    const auto error = FirstError(rd_kafka_event_topic_partition_list(event));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      reply_to.KafkaError(error, TextOf(error, rd_kafka_err2str(error), {}));
    } else {
      reply_to.Reply({});
    }
  });
  const auto error = rd_kafka_commit_queue(rk_, tpl, events_.get(), nullptr, call);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) calls_.Refuse(call, error);
}

void Consumer::GetCommitted(std::vector<TopicPartition> partitions, ReplyTo reply_to) {
  Post([this, partitions = std::move(partitions), reply_to = std::move(reply_to)] {
    if (phase_ != Phase::kOpen) {
      reply_to.Fault(kInstanceNotFound, {});
      return;
    }
    const TplRef tpl = NewTpl(partitions.size());
    for (const auto& partition : partitions) Add(tpl, partition);
    AskForCommitted(tpl.get(), reply_to, [reply_to](const auto* committed) {
      reply_to.Reply(DescribeCommitted(committed));
    });
  });
}

void Consumer::AskForCommitted(const rd_kafka_topic_partition_list_t* tpl, ReplyTo reply_to,
                               OnCommitted on_committed, PendingCalls::OnError on_error) {
  if (questions_.size() >= kMaxQuestions) {
    reply_to.KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT,
                        "The group's coordinator has left " + std::to_string(kMaxQuestions) +
                            " requests of this instance unanswered. Try again later.");
    return;
  }
  const auto on_result = [this, reply_to, on_error,
                          on_committed = std::move(on_committed)](rd_kafka_event_t* event) {
    size_t count = 0;
    const auto** groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    const rd_kafka_error_t* error = count > 0 ? rd_kafka_group_result_error(groups[0]) : nullptr;
    const auto* committed = count > 0 ? rd_kafka_group_result_partitions(groups[0]) : nullptr;
    const auto code = error ? rd_kafka_error_code(error) : FirstError(committed);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (on_error && on_error(code)) return;
      const char* detail = error ? rd_kafka_error_string(error) : rd_kafka_err2str(code);
      reply_to.KafkaError(code, TextOf(code, detail, {}));
      return;
    }
    OnGroupAnswer();
    on_committed(committed);
  };
  void* call = calls_.Add(reply_to, CallDeadline(), on_result, std::move(on_error));
  questions_.emplace(call, Clock::now());
  auto* request = rd_kafka_ListConsumerGroupOffsets_new(settings_.group.c_str(), tpl);
  const OptionsRef options =
      AdminOptions(rk_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, kQuestionTimeoutMs, call);
  rd_kafka_ListConsumerGroupOffsets(rk_, &request, 1, options.get(), events_.get());
  rd_kafka_ListConsumerGroupOffsets_destroy(request);
}

/// librdkafka must not give up a question; see kQuestionTimeoutMs.
void Consumer::ExpireIfForgotten(TimePoint now) {
  if (questions_.empty()) return;
  const std::chrono::milliseconds patience(settings_.coordinator_timeout_ms);
  // Their opaques go up.
  if (now - questions_.begin()->second >= patience)
    is_forgotten_.store(true, std::memory_order_relaxed);
}

}  // namespace sluice
