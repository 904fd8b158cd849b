#include "kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <map>
#include <utility>

#include "json/escape.h"
#include "kafka/client_faults.h"
#include "kafka/engine.h"

namespace sluice {
namespace {

void AppendNodeIds(const rd_kafka_Node_t** nodes, size_t count, std::string* json) {
  json->push_back('[');
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json->push_back(',');
    json->append(std::to_string(rd_kafka_Node_id(nodes[i])));
  }
  json->push_back(']');
}

void AppendPartition(const rd_kafka_TopicPartitionInfo_t* partition, std::string* json) {
  const rd_kafka_Node_t* leader = rd_kafka_TopicPartitionInfo_leader(partition);
  json->append("{\"partition\":")
      .append(std::to_string(rd_kafka_TopicPartitionInfo_partition(partition)))
      .append(",\"leader\":")
      .append(std::to_string(leader ? rd_kafka_Node_id(leader) : -1));
  size_t count = 0;
  json->append(",\"replicas\":");
  const auto** replicas = rd_kafka_TopicPartitionInfo_replicas(partition, &count);
  AppendNodeIds(replicas, count, json);
  json->append(",\"isr\":");
  const auto** isr = rd_kafka_TopicPartitionInfo_isr(partition, &count);
  AppendNodeIds(isr, count, json);
  json->push_back('}');
}

std::string DescribeCluster(const rd_kafka_DescribeCluster_result_t* result) {
  std::string json = "{\"cluster_id\":";
  const char* id = rd_kafka_DescribeCluster_result_cluster_id(result);
  json::AppendQuoted(id ? id : "", &json);
  const rd_kafka_Node_t* controller = rd_kafka_DescribeCluster_result_controller(result);
  json.append(",\"controller_id\":")
      .append(std::to_string(controller ? rd_kafka_Node_id(controller) : -1))
      .append(",\"brokers\":");
  size_t count = 0;
  const auto** nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
  AppendNodeIds(nodes, count, &json);
  return json + '}';
}

std::string DescribeTopic(const rd_kafka_TopicDescription_t* topic) {
  std::string json = "{\"name\":";
  json::AppendQuoted(rd_kafka_TopicDescription_name(topic), &json);
  json.append(",\"partitions\":[");
  size_t count = 0;
  const auto** partitions = rd_kafka_TopicDescription_partitions(topic, &count);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json.push_back(',');
    AppendPartition(partitions[i], &json);
  }
  return json + "]}";
}

std::string DescribeConfigs(const rd_kafka_ConfigResource_t* resource) {
  std::string json = "{";
  size_t count = 0;
  const auto** entries = rd_kafka_ConfigResource_configs(resource, &count);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) json.push_back(',');
    json::AppendQuoted(rd_kafka_ConfigEntry_name(entries[i]), &json);
    json.push_back(':');
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value && !rd_kafka_ConfigEntry_is_sensitive(entries[i])) {
      json::AppendQuoted(value, &json);
    } else {
      json.append("null");
    }
  }
  return json + '}';
}

PendingCalls::Failure FailureOf(rd_kafka_resp_err_t error, std::string detail,
                                std::string_view topic) {
  return {error, Engine::Get().errors().Explain(error, std::move(detail), topic)};
}

std::string DescribeTopics(const rd_kafka_metadata_t* metadata) {
  std::string json = "[";
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (i > 0) json.push_back(',');
    json::AppendQuoted(metadata->topics[i].topic, &json);
  }
  return json + ']';
}

}  // namespace

std::shared_ptr<Admin> Admin::Get(Properties properties) {
  static std::mutex mutex;
  static auto* admins = new std::map<Properties, std::weak_ptr<Admin>>();
  std::lock_guard lock(mutex);
  auto& known = (*admins)[properties];
  auto admin = known.lock();
  if (!admin) {
    admin = std::make_shared<Admin>(Engine::Get().scheduler(), std::move(properties));
    known = admin;
  }
  return admin;
}

Admin::~Admin() {
  if (!rk_) return;
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
  Engine::Get().disposal().Run([rk = rk_] { rd_kafka_destroy(rk); });
}

void Admin::OnQueue(rd_kafka_t* rk, void* self) { static_cast<Admin*>(self)->Wake(); }

void Admin::Post(ReplyTo reply_to, Command command) {
  Post([this, reply_to = std::move(reply_to), command = std::move(command)] {
    if (EnsureClient(reply_to)) command();
  });
}

void Admin::Post(Command command) {
  {
    std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(command));
  }
  Wake();
}

bool Admin::EnsureClient(const ReplyTo& reply_to) {
  if (rk_) return true;
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(properties_, &faults);
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
  ClientFault fault{0, DescribeFaults(faults)};
  if (faults.empty()) rk_ = NewClient(RD_KAFKA_PRODUCER, std::move(conf), &fault);
  if (!rk_) {
    LogFault("admin", fault);
    if (fault.rest_code != 0) {
      reply_to.Fault(fault.rest_code, fault.text);
    } else {
      reply_to.KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, fault.text);
    }
    return false;
  }
  queue_.reset(rd_kafka_queue_get_main(rk_));
  rd_kafka_queue_cb_event_enable(queue_.get(), OnQueue, this);
  return true;
}

void Admin::Run() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(inbox_);
  }
  for (auto& command : commands) command();
  if (!queue_) return;
  while (const EventRef event{rd_kafka_queue_poll(queue_.get(), 0)}) OnEvent(event.get());
  calls_.Serve(Clock::now());
  if (calls_.NextAlarm() != TimePoint::max()) WakeAt(calls_.NextAlarm());
}

void Admin::OnEvent(rd_kafka_event_t* event) {
  if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_ERROR) {
    if (calls_.OnEvent(event)) refused_.Forget();
    return;
  }
  const TimePoint now = Clock::now();
  if (!refused_.OnError(rd_kafka_event_error(event), now)) return;
  const auto code = refused_.code(now);
  calls_.FailAll(code, rd_kafka_err2str(code));
}

void Admin::DescribeCluster(int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, timeout_ms, reply_to] {
    AskForCluster(
        timeout_ms, reply_to, [self = shared_from_this(), reply_to](rd_kafka_event_t* event) {
          reply_to.Reply(sluice::DescribeCluster(rd_kafka_event_DescribeCluster_result(event)));
          return std::nullopt;
        });
  });
}

void Admin::AskForCluster(int timeout_ms, ReplyTo reply_to, PendingCalls::OnResult on_result) {
  const auto ask = [this](void* call, int left_ms) {
    const OptionsRef options = AdminOptions(rk_, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, left_ms, call);
    rd_kafka_DescribeCluster(rk_, options.get(), queue_.get());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  calls_.Add(std::move(reply_to), timeout_ms, ask, std::move(on_result));
}

void Admin::ListTopics(int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, timeout_ms, reply_to] {
    // There is no asynchronous call for the names of all topics. The one there is would hold its
    // thread while there is no broker; so it follows one that waits for a broker without a thread.
    const TimePoint deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    AskForCluster(timeout_ms, reply_to,
                  [self = shared_from_this(), this, deadline, reply_to](rd_kafka_event_t*) {
                    AskForTopics(deadline, reply_to);
                    return std::nullopt;
                  });
  });
}

void Admin::AskForTopics(TimePoint deadline, const ReplyTo& reply_to) {
  const auto ask = [self = std::static_pointer_cast<Admin>(shared_from_this()), reply_to](
                       void* call, int left_ms) {
    Engine::Get().blocking().Run([self, reply_to, call, left_ms] {
      const rd_kafka_metadata_t* metadata = nullptr;
      const auto error = rd_kafka_metadata(self->rk_, 1, nullptr, &metadata, left_ms);
      std::string json;
      if (metadata) json = DescribeTopics(metadata);
      rd_kafka_metadata_destroy(metadata);
      self->Post([self = self.get(), reply_to, call, error, json = std::move(json)] {
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
          self->calls_.Fail(call, {error, rd_kafka_err2str(error)});
        } else if (self->calls_.Finish(call)) {
          reply_to.Reply(json);
        }
      });
    });
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  calls_.Add(reply_to, static_cast<int>(left.count()), ask, {});
}

void Admin::DescribeTopic(const std::string& topic, int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, topic, timeout_ms, reply_to] {
    const auto ask = [this, topic](void* call, int left_ms) {
      const char* name = topic.c_str();
      rd_kafka_TopicCollection_t* topics = rd_kafka_TopicCollection_of_topic_names(&name, 1);
      const OptionsRef options = AdminOptions(rk_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, left_ms, call);
      rd_kafka_DescribeTopics(rk_, topics, options.get(), queue_.get());
      rd_kafka_TopicCollection_destroy(topics);
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    const auto on_result = [self = shared_from_this(), topic, reply_to](
                               rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
      size_t count = 0;
      const auto** topics = rd_kafka_DescribeTopics_result_topics(
          rd_kafka_event_DescribeTopics_result(event), &count);
      const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topics[0]);
      const auto code = rd_kafka_error_code(error);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return FailureOf(code, rd_kafka_error_string(error), topic);
      }
      reply_to.Reply(sluice::DescribeTopic(topics[0]));
      return std::nullopt;
    };
    calls_.Add(reply_to, timeout_ms, ask, on_result);
  });
}

void Admin::DescribeTopicConfigs(const std::string& topic, int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, topic, timeout_ms, reply_to] {
    const auto ask = [this, topic](void* call, int left_ms) {
      rd_kafka_ConfigResource_t* resource =
          rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
      const OptionsRef options =
          AdminOptions(rk_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, left_ms, call);
      rd_kafka_DescribeConfigs(rk_, &resource, 1, options.get(), queue_.get());
      rd_kafka_ConfigResource_destroy(resource);
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    const auto on_result = [self = shared_from_this(), topic, reply_to](
                               rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
      size_t count = 0;
      const auto** resources = rd_kafka_DescribeConfigs_result_resources(
          rd_kafka_event_DescribeConfigs_result(event), &count);
      const auto error = rd_kafka_ConfigResource_error(resources[0]);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* detail = rd_kafka_ConfigResource_error_string(resources[0]);
        return FailureOf(error, detail ? detail : rd_kafka_err2str(error), topic);
      }
      reply_to.Reply(DescribeConfigs(resources[0]));
      return std::nullopt;
    };
    calls_.Add(reply_to, timeout_ms, ask, on_result);
  });
}

void Admin::ListOffset(const TopicPartition& partition, int64_t spec, int timeout_ms,
                       ReplyTo reply_to) {
  Post(reply_to, [this, partition, spec, timeout_ms, reply_to] {
    const auto ask = [this, partition, spec](void* call, int left_ms) {
      const TplRef tpl = NewTpl(1);
      Add(tpl, partition)->offset = spec;
      const OptionsRef options = AdminOptions(rk_, RD_KAFKA_ADMIN_OP_LISTOFFSETS, left_ms, call);
      rd_kafka_ListOffsets(rk_, tpl.get(), options.get(), queue_.get());
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    const auto on_result = [self = shared_from_this(), reply_to](
                               rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
      size_t count = 0;
      const auto** infos =
          rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
      const auto* found = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
      const rd_kafka_resp_err_t error = ListingError(*found);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return FailureOf(error, rd_kafka_err2str(error), found->topic);
      }
      reply_to.Reply(std::to_string(found->offset));
      return std::nullopt;
    };
    // The partition exists, but some broker may not know it yet, and it may have no leader yet.
    calls_.Add(reply_to, timeout_ms, ask, on_result, {},
               {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__NOENT});
  });
}

}  // namespace sluice
