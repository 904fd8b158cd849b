// This process as a member of the group of its peers: the partitions of their topic that it owns,
// and the records in them.
#ifndef SLUICE_KAFKA_CLUSTER_MEMBER_H_
#define SLUICE_KAFKA_CLUSTER_MEMBER_H_

#include <librdkafka/rdkafka.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kafka/client.h"
#include "kafka/conf.h"
#include "kafka/outbox.h"
#include "kafka/sasl_token.h"

namespace sluice {

/// A consumer with a thread of its own, `sluice-cluster`. It reads each partition from its
/// beginning, never from a committed offset. It reports events in their order, as a JSON array of
/// arrays:
///
///     ["assigned",[partition,…]]         from now on they are this member's; their records follow
///     ["record",partition,offset,key,value or null]
///     ["end",partition]                  all records that the partition had are reported
///     ["revoked",number,[partition,…]]   another member gets them after Release(number)
///     ["lost",[partition,…]]             another member may have them already
///     ["error",code,text]                librdkafka's
///
/// Keys and values are texts; malformed UTF-8 becomes U+FFFD. Methods are safe from any thread.
class ClusterMember final : public std::enable_shared_from_this<ClusterMember> {
 public:
  /// A revocation waits up to `release_wait_ms` for Release(); the member sends heartbeats
  /// meanwhile.
  ClusterMember(Properties properties, std::string topic, int32_t release_wait_ms)
      : properties_(std::move(properties)),
        topic_(std::move(topic)),
        release_wait_ms_(release_wait_ms) {}
  ClusterMember(const ClusterMember&) = delete;
  ClusterMember& operator=(const ClusterMember&) = delete;

  /// Joins the group. Called once; replies when the client exists, or with a fault.
  void Join(ReplyTo reply_to);

  /// Replies with the events since the last reply, as soon as there are any. One call at a time.
  void Next(ReplyTo reply_to);

  /// Lets the revocation with this number go on.
  void Release(uint32_t number);

  /// Leaves the group at once. Replies when the member has left. Next() is answered with an empty
  /// array afterwards.
  void Leave(ReplyTo reply_to);

 private:
  std::optional<ClientFault> Open();
  void Destroy();
  void Loop();
  void OnMessage(const rd_kafka_message_t* message);
  static void OnRebalance(rd_kafka_t* rk, rd_kafka_resp_err_t code,
                          rd_kafka_topic_partition_list_t* partitions, void* self);
  void Assign(rd_kafka_topic_partition_list_t* partitions);
  void Unassign(rd_kafka_topic_partition_list_t* partitions);
  void AwaitRelease(uint32_t number);
  void Report(std::string_view event);
  void AwaitReader();
  bool is_leaving();

  const Properties properties_;
  const std::shared_ptr<SaslToken> token_{SaslToken::Of(properties_)};  // Null without one.
  const std::string topic_;
  const int32_t release_wait_ms_;

  rd_kafka_t* rk_ = nullptr;  // The thread's own, once it runs.
  SaslToken::Use token_use_;
  uint32_t last_revocation_ = 0;

  std::mutex mutex_;  // Guards the following.
  std::condition_variable changed_;
  std::string events_;  // The items of the array.
  std::optional<ReplyTo> reader_;
  uint32_t released_ = 0;
  bool is_leaving_ = false;
  bool has_left_ = false;
  std::optional<ReplyTo> leave_reply_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CLUSTER_MEMBER_H_
