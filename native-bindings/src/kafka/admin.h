// Questions to the cluster: brokers, topics, configs, offsets.
#ifndef SLUICE_KAFKA_ADMIN_H_
#define SLUICE_KAFKA_ADMIN_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kafka/conf.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/pending_calls.h"
#include "kafka/refused_credentials.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// One request, one event, one reply in JSON (for src/kafka/admin.ts, which knows its shape).
/// Each call answers within its timeout, or little later, or as soon as no broker takes our
/// credentials. An error that passes is answered when there is no time for another try. Its client
/// is made with the first need. Safe from any thread.
class Admin final : public Actor {
 public:
  /// The process's admin with these properties, shared by all environments that ask for them.
  static std::shared_ptr<Admin> Get(Properties properties);

  Admin(Scheduler& scheduler, Properties properties)
      : Actor(scheduler), properties_(std::move(properties)) {}
  ~Admin() override;

  /// Replies with `{"cluster_id":…,"controller_id":…,"brokers":[id,…]}`.
  void DescribeCluster(int timeout_ms, ReplyTo reply_to);

  /// Replies with `["name",…]`: every topic there is.
  void ListTopics(int timeout_ms, ReplyTo reply_to);

  /// Replies with `{"name":…,"partitions":[{"partition":…,"leader":…,"replicas":[…],"isr":[…]}]}`.
  /// Does not create the topic.
  void DescribeTopic(const std::string& topic, int timeout_ms, ReplyTo reply_to);

  /// Replies with `{"name":"value" or null,…}`: all its effective configs, sensitive ones null.
  void DescribeTopicConfigs(const std::string& topic, int timeout_ms, ReplyTo reply_to);

  /// Replies with the offset of `partition` for `spec` (RD_KAFKA_OFFSET_SPEC_…, or a timestamp).
  /// The partition must exist: a broker that does not know it yet is asked again.
  void ListOffset(const TopicPartition& partition, int64_t spec, int timeout_ms, ReplyTo reply_to);

 private:
  using Command = std::function<void()>;

  void Run() override;
  void Post(ReplyTo reply_to, Command command);
  void Post(Command command);
  bool EnsureClient(const ReplyTo& reply_to);
  static void OnQueue(rd_kafka_t* rk, void* self);
  void OnEvent(rd_kafka_event_t* event);
  void AskForCluster(int timeout_ms, ReplyTo reply_to, PendingCalls::OnResult on_result);
  void AskForTopics(TimePoint deadline, const ReplyTo& reply_to);

  const Properties properties_;

  std::mutex mutex_;  // Guards the following.
  std::vector<Command> inbox_;

  // The actor's own.
  rd_kafka_t* rk_ = nullptr;
  QueueRef queue_;  // Of results and errors.
  PendingCalls calls_;
  RefusedCredentials refused_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_ADMIN_H_
