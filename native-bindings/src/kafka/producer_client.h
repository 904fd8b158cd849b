// One librdkafka producer: its topics, its delivery reports, its end.
#ifndef SLUICE_KAFKA_PRODUCER_CLIENT_H_
#define SLUICE_KAFKA_PRODUCER_CLIENT_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "kafka/broker_statistics.h"
#include "kafka/client.h"
#include "kafka/client_pool.h"
#include "kafka/conf.h"
#include "kafka/handles.h"
#include "kafka/refused_credentials.h"
#include "kafka/sasl_token.h"
#include "kafka/scheduler.h"
#include "kafka/sticky_partition.h"

namespace sluice {

class ProducerLease;

/// A topic that was produced to.
struct ProducerTopic {
  ProducerTopic(TopicRef a_handle, std::chrono::milliseconds most)
      : handle(std::move(a_handle)), sticky(most) {}

  const TopicRef handle;
  StickyPartition sticky;
  /// Whether the cluster took a record for it. See ProducerClient::is_worn().
  std::atomic<bool> is_known{false};
  /// The time from which its partitions may be asked for again.
  std::atomic<TimePoint> next_question{};
};

/// Shared by its Producer, which must Close() it, and by the batches in flight. An actor: the
/// scheduler's threads handle its delivery reports and errors. Safe from any thread, except where
/// said.
class ProducerClient final : public Actor {
 public:
  /// Connects in the background. Null, with `fault` set, when there can be no client. Wakes `owner`
  /// when the client gives up, which it does when its `token` ends; the token may be null. Blocks
  /// for some milliseconds.
  static std::shared_ptr<ProducerClient> Open(const Properties& properties,
                                              std::shared_ptr<SaslToken> token,
                                              ClientPool::Place place, std::weak_ptr<Actor> owner,
                                              ClientFault* fault);

  /// Destroys the client in the background.
  ~ProducerClient() override;

  rd_kafka_t* rk() { return rk_; }

  /// The topic's handle; null when librdkafka refuses the name.
  std::shared_ptr<ProducerTopic> Topic(const std::string& name);

  /// The cluster accepted a record for `topic`, or reported that the topic does not exist, or that
  /// access to it is denied.
  void OnTopicKnown(ProducerTopic& topic, bool is_known);

  /// Requests the partitions of `topic` from the cluster, in the background, because a record named
  /// an unknown partition. The partition may be new, and librdkafka refreshes seldom. Sends at most
  /// one request a second for a topic, and for one topic at a time: wrong numbers cost little.
  static void AskForPartitions(const ProducerLease& lease, std::shared_ptr<ProducerTopic> topic);

  /// `message.max.bytes`.
  int64_t max_record_bytes() const { return max_record_bytes_; }
  /// `message.timeout.ms`.
  int64_t timeout_ms() const { return timeout_ms_; }
  /// Whether librdkafka gave up, or its records were given up: a new client is needed.
  bool is_fatal() const { return fatal_.load(std::memory_order_relaxed); }
  /// The code with which Kafka refuses the credentials, if the client gave up for that.
  rd_kafka_resp_err_t refusal() const { return refusal_.load(std::memory_order_relaxed); }
  /// Whether no batch holds a lease. Stays true while the caller prevents new leases.
  bool is_idle() const { return leases_.load(std::memory_order_acquire) == 0; }
  /// Whether the topics without an accepted record are so many that another client should take
  /// over: librdkafka never forgets a topic, and requests the metadata of these topics each second.
  bool is_worn() const { return unknown_topics_.load(std::memory_order_relaxed) > kUnknownTopics; }

  /// For how long a broker that has answered throttles this client, in milliseconds; 0 if none
  /// does.
  int throttle_ms() const {
    const bool is_throttled = Clock::now() < throttled_until_.load(std::memory_order_relaxed);
    return is_throttled ? throttle_ms_.load(std::memory_order_relaxed) : 0;
  }
  /// The brokers at the last statistics event. Empty unless the engine measures them.
  BrokersById brokers();

  /// Waits up to `timeout_ms` for the records in flight, and fails the rest. Returns the number of
  /// records that were failed. The caller sees to it that no further lease is taken. Blocks: called
  /// once, on a blocking thread.
  int Close(int timeout_ms);

 private:
  friend class ProducerLease;
  static constexpr int kUnknownTopics = 500;

  explicit ProducerClient(Scheduler& scheduler) : Actor(scheduler) {}
  void Run() override;
  static void OnQueue(rd_kafka_t* rk, void* self);
  static void OnThrottle(rd_kafka_t* rk, const char* broker, int32_t id, int ms, void* self);
  void OnEvent(rd_kafka_event_t* event);
  void OnDeliveries(rd_kafka_event_t* event);
  void OnError(rd_kafka_event_t* event);
  void EndWithToken(TimePoint now);
  void GiveUp(rd_kafka_resp_err_t cause);
  void FailQueued();

  rd_kafka_t* rk_ = nullptr;
  QueueRef queue_;                    // Of delivery reports and errors.
  std::shared_ptr<SaslToken> token_;  // Null without one.
  SaslToken::Use token_use_;
  ClientPool::Place place_;
  std::weak_ptr<Actor> owner_;
  int64_t max_record_bytes_ = 0;
  int64_t timeout_ms_ = 0;
  std::chrono::milliseconds sticky_{0};  // How long a topic's StickyPartition stays, at most.
  std::atomic<int> leases_{0};
  std::atomic<bool> fatal_{false};
  std::atomic<rd_kafka_resp_err_t> refusal_{RD_KAFKA_RESP_ERR_NO_ERROR};
  std::atomic<int> unknown_topics_{0};  // The topics in topics_ that are not known.
  std::atomic<bool> is_asking_{false};  // For partitions, on a blocking thread.
  std::atomic<TimePoint> throttled_until_{};
  std::atomic<int> throttle_ms_{0};
  // The actor's own, but for purged_: Close() reads that after the last lease.
  int purged_ = 0;  // Records failed by Close().
  RefusedCredentials refused_;
  rd_kafka_resp_err_t given_up_for_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // Set when fatal_ is.

  std::mutex topics_mutex_;  // Guards the following.
  std::unordered_map<std::string, std::shared_ptr<ProducerTopic>> topics_;

  std::mutex brokers_mutex_;  // Guards the following.
  BrokersById brokers_;
};

/// A batch's hold on a client: as long as there is one, Close() waits. Movable.
class ProducerLease {
 public:
  /// Of no client.
  ProducerLease() = default;
  explicit ProducerLease(std::shared_ptr<ProducerClient> client) : client_(std::move(client)) {
    client_->leases_.fetch_add(1, std::memory_order_relaxed);
  }
  ProducerLease(ProducerLease&&) noexcept = default;
  ProducerLease& operator=(ProducerLease other) noexcept {
    client_.swap(other.client_);
    return *this;
  }
  ~ProducerLease() {
    if (client_) client_->leases_.fetch_sub(1, std::memory_order_release);
  }

  explicit operator bool() const { return client_ != nullptr; }

  /// Another lease of the same client.
  ProducerLease Share() const { return ProducerLease(client_); }

  ProducerClient* operator->() const { return client_.get(); }

 private:
  std::shared_ptr<ProducerClient> client_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCER_CLIENT_H_
