#include "kafka/cluster_member.h"

#include <chrono>
#include <utility>

#include "json/escape.h"
#include "kafka/client_faults.h"
#include "kafka/engine.h"
#include "kafka/handles.h"
#include "kafka/rest_code.h"
#include "kafka/thread.h"

namespace sluice {
namespace {

/// The longest time until the thread notices Leave().
constexpr int kPollMs = 100;

/// Further records wait in librdkafka's queue until JavaScript has taken the reported ones.
constexpr size_t kMaxReportedBytes = size_t{1} << 20;

void AppendPartitions(const rd_kafka_topic_partition_list_t* partitions, std::string* json) {
  json->push_back('[');
  for (int i = 0; i < partitions->cnt; ++i) {
    if (i > 0) json->push_back(',');
    json->append(std::to_string(partitions->elems[i].partition));
  }
  json->push_back(']');
}

std::string_view TextOf(const void* data, size_t size) {
  return {static_cast<const char*>(data), data ? size : 0};
}

}  // namespace

void ClusterMember::Join(ReplyTo reply_to) {
  Engine::Get().blocking().Run([self = shared_from_this(), reply_to = std::move(reply_to)] {
    std::optional<ClientFault> fault = self->Open();
    if (!fault && !StartThread("sluice-cluster", [self] { self->Loop(); })) {
      self->Destroy();
      fault = ClientFault{kNoThreads, {}};
    }
    if (!fault) {
      reply_to.Reply({});
      return;
    }
    LogFault("cluster", *fault);
    AnswerWith(*fault, reply_to);
  });
}

std::optional<ClientFault> ClusterMember::Open() {
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(properties_, &faults);
  if (!faults.empty()) return ClientFault{0, DescribeFaults(faults)};
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_rebalance_cb(conf.get(), OnRebalance);
  ClientFault fault;
  rk_ = NewClient(RD_KAFKA_CONSUMER, std::move(conf), &fault);
  if (!rk_) return fault;
  token_use_ = SaslToken::Use(token_, rk_);
  rd_kafka_poll_set_consumer(rk_);
  const TplRef topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(rk_, topics.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  Destroy();
  return ClientFault{0, rd_kafka_err2str(error)};
}

void ClusterMember::Destroy() {
  token_use_ = {};
  rd_kafka_destroy(std::exchange(rk_, nullptr));
}

void ClusterMember::Loop() {
  while (!is_leaving()) {
    const MessageRef message(rd_kafka_consumer_poll(rk_, kPollMs));
    if (message) OnMessage(message.get());
  }
  rd_kafka_consumer_close(rk_);  // Calls OnRebalance() with all partitions.
  Destroy();
  std::lock_guard lock(mutex_);
  has_left_ = true;
  if (reader_) std::exchange(reader_, std::nullopt)->Reply("[]");
  if (leave_reply_) leave_reply_->Reply({});
}

void ClusterMember::OnMessage(const rd_kafka_message_t* message) {
  std::string event;
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    event = "[\"end\"," + std::to_string(message->partition) + ']';
  } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    event = "[\"error\"," + std::to_string(message->err) + ',';
    json::AppendQuoted(rd_kafka_message_errstr(message), &event);
    event.push_back(']');
  } else {
    event = "[\"record\"," + std::to_string(message->partition) + ',' +
            std::to_string(message->offset) + ',';
    json::AppendQuoted(TextOf(message->key, message->key_len), &event);
    event.push_back(',');
    if (message->payload) {
      json::AppendQuoted(TextOf(message->payload, message->len), &event);
    } else {
      event.append("null");
    }
    event.push_back(']');
  }
  Report(event);
  AwaitReader();
}

void ClusterMember::OnRebalance(rd_kafka_t* /*rk*/, rd_kafka_resp_err_t code,
                                rd_kafka_topic_partition_list_t* partitions, void* self) {
  auto* member = static_cast<ClusterMember*>(self);
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    member->Assign(partitions);
  } else {
    member->Unassign(partitions);
  }
}

void ClusterMember::Assign(rd_kafka_topic_partition_list_t* partitions) {
  std::string event = "[\"assigned\",";
  AppendPartitions(partitions, &event);
  event.push_back(']');
  Report(event);
  for (int i = 0; i < partitions->cnt; ++i) partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
  const ErrorRef error(rd_kafka_incremental_assign(rk_, partitions));
  if (error) Engine::Get().Log(3, "cluster", "assign", rd_kafka_error_string(error.get()));
}

void ClusterMember::Unassign(rd_kafka_topic_partition_list_t* partitions) {
  const bool is_lost = rd_kafka_assignment_lost(rk_) != 0;
  std::string event = "[\"lost\",";
  if (!is_lost) event = "[\"revoked\"," + std::to_string(++last_revocation_) + ',';
  AppendPartitions(partitions, &event);
  event.push_back(']');
  Report(event);
  if (!is_lost) AwaitRelease(last_revocation_);
  const ErrorRef error(rd_kafka_incremental_unassign(rk_, partitions));
  if (error) Engine::Get().Log(3, "cluster", "unassign", rd_kafka_error_string(error.get()));
}

/// librdkafka's main thread sends heartbeats while this one waits.
void ClusterMember::AwaitRelease(uint32_t number) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(release_wait_ms_),
                    [&] { return released_ >= number || is_leaving_; });
}

void ClusterMember::Report(std::string_view event) {
  std::lock_guard lock(mutex_);
  if (!events_.empty()) events_.push_back(',');
  events_.append(event);
  if (!reader_) return;
  std::exchange(reader_, std::nullopt)->Reply('[' + std::exchange(events_, {}) + ']');
}

void ClusterMember::AwaitReader() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return events_.size() < kMaxReportedBytes || is_leaving_; });
}

void ClusterMember::Next(ReplyTo reply_to) {
  std::lock_guard lock(mutex_);
  if (events_.empty() && !has_left_) {
    reader_ = std::move(reply_to);
    return;
  }
  reply_to.Reply('[' + std::exchange(events_, {}) + ']');
  changed_.notify_all();
}

void ClusterMember::Release(uint32_t number) {
  std::lock_guard lock(mutex_);
  released_ = number;
  changed_.notify_all();
}

void ClusterMember::Leave(ReplyTo reply_to) {
  std::lock_guard lock(mutex_);
  if (has_left_) {
    reply_to.Reply({});
    return;
  }
  is_leaving_ = true;
  leave_reply_ = std::move(reply_to);
  changed_.notify_all();
}

bool ClusterMember::is_leaving() {
  std::lock_guard lock(mutex_);
  return is_leaving_;
}

}  // namespace sluice
