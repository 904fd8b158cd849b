// The admin client: calls to the cluster about brokers, topics, configs and offsets.
#ifndef SLUICE_KAFKA_ADMIN_H_
#define SLUICE_KAFKA_ADMIN_H_

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/admin/call.h"
#include "kafka/admin/cluster.h"
#include "kafka/admin/topics.h"
#include "kafka/client.h"
#include "kafka/client_pool.h"
#include "kafka/conf.h"
#include "kafka/handles.h"
#include "kafka/in_use.h"
#include "kafka/outbox.h"
#include "kafka/pending_calls.h"
#include "kafka/refused_credentials.h"
#include "kafka/sasl_token.h"
#include "kafka/scheduler.h"

namespace sluice {

/// Calls to the cluster, each answered with one reply in JSON (for src/kafka/admin.ts, which knows
/// its shape): within its timeout, or little later, or as soon as no broker accepts the
/// credentials. A call that only reads, and fails with a retriable error, is repeated until its
/// timeout. The client
/// is opened with the first call, in the background. Safe from any thread.
///
/// The client of a pooled admin, which acts for a principal, has a place in the pool, and is closed
/// when it was idle. When Kafka refuses its credentials it is closed at once, and calls within
/// kRefusalMemory are refused without another attempt, unless they come with another token. A
/// client whose token ends is closed at once, too, and its calls fail.
class Admin final : public Actor {
 public:
  /// The process's admin with these properties, shared by all environments that ask for them. An
  /// existing admin stays as it is, pooled or not.
  static std::shared_ptr<Admin> Get(Properties properties, bool is_pooled = false);

  Admin(Scheduler& scheduler, Properties properties, bool is_pooled)
      : Actor(scheduler),
        properties_(std::move(properties)),
        is_pooled_(is_pooled),
        token_(SaslToken::Of(properties_)) {}
  ~Admin() override;

  const Properties& properties() const { return properties_; }
  /// Never: it has nothing to lose when the process stops.
  static bool is_closed() { return false; }

  template <admin::Call Call>
  void Ask(Call call, int timeout_ms, ReplyTo reply_to);
  void Ask(admin::ListTopics call, int timeout_ms, ReplyTo reply_to);

 private:
  using Command = std::function<void()>;

  /// A call that needs the client.
  struct Waiting {
    ReplyTo reply_to;
    Command command;
  };

  static InUse<Admin>& Admins();

  void Run() override;
  void Post(ReplyTo reply_to, Command command);
  void Post(Command command);
  void ServeWaiting();
  void Refuse(const ClientFault& fault);
  void StartOpening();
  void OnOpened(rd_kafka_t* rk, ClientPool::Place place, const ClientFault& fault);
  bool IsRefused(TimePoint now) const;
  void EndWithToken(TimePoint now);
  void CloseUnneeded();
  void CloseClient();
  static void OnQueue(rd_kafka_t* rk, void* self);
  void OnEvent(rd_kafka_event_t* event);
  template <admin::Call Call>
  void Send(Call call, int timeout_ms, const ReplyTo& reply_to, PendingCalls::OnResult on_result);
  void AskForNames(TimePoint deadline, const ReplyTo& reply_to);

  const Properties properties_;
  const bool is_pooled_;
  const std::shared_ptr<SaslToken> token_;  // Null without one.

  std::mutex mutex_;  // Guards the following.
  std::vector<Command> inbox_;

  // The actor's own.
  std::vector<Waiting> waiting_;
  bool is_opening_ = false;
  rd_kafka_t* rk_ = nullptr;
  ClientPool::Place place_;
  int blocking_calls_ = 0;    // On blocking threads, with rk_.
  TimePoint used_{};          // The last call.
  bool is_unusable_ = false;  // The client is to be closed: Kafka refuses it, or its token ended.
  rd_kafka_resp_err_t refusal_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  TimePoint refused_until_{};
  uint64_t refused_token_ = 0;  // Its version.
  SaslToken::Use token_use_;
  QueueRef queue_;  // Of results and errors.
  PendingCalls calls_;
  RefusedCredentials refused_;
};

template <admin::Call Call>
void Admin::Ask(Call call, int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, call = std::move(call), timeout_ms, reply_to] {
    const auto on_result = [self = shared_from_this(), call, reply_to](
                               rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
      std::string json;
      auto failure = call.Read(event, &json);
      if (!failure) reply_to.Reply(std::move(json));
      return failure;
    };
    Send(call, timeout_ms, reply_to, on_result);
  });
}

template <admin::Call Call>
void Admin::Send(Call call, int timeout_ms, const ReplyTo& reply_to,
                 PendingCalls::OnResult on_result) {
  const auto make = [this, call](void* opaque, int left_ms) {
    const OptionsRef options = AdminOptions(rk_, Call::kOperation, left_ms, opaque);
    return call.Send(rk_, options.get(), queue_.get());
  };
  if (Call::kIsMadeOnce) {
    calls_.AddOnce(reply_to, timeout_ms, make, std::move(on_result));
  } else {
    calls_.Add(reply_to, timeout_ms, make, std::move(on_result), {}, call.Passing());
  }
}

}  // namespace sluice

#endif  // SLUICE_KAFKA_ADMIN_H_
