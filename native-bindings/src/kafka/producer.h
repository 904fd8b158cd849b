// A producer: one configuration, and a client that is opened with the first need, replaced when it
// fails, and closed when nobody needs it.
#ifndef SLUICE_KAFKA_PRODUCER_H_
#define SLUICE_KAFKA_PRODUCER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "json/delivery_writer.h"
#include "kafka/body.h"
#include "kafka/client.h"
#include "kafka/client_pool.h"
#include "kafka/conf.h"
#include "kafka/in_use.h"
#include "kafka/outbox.h"
#include "kafka/produce_batch.h"
#include "kafka/produce_draft.h"
#include "kafka/producer_client.h"
#include "kafka/sasl_token.h"
#include "kafka/scheduler.h"
#include "record.h"

namespace sluice {

/// Shared by all environments that ask for the same properties. Closes itself, after a flush in the
/// background, when the last of them lets go. Requests wait, without a thread, while a client is
/// being opened. Safe from any thread.
///
/// The client of a pooled producer, which acts for a principal, has a place in the pool, and is
/// closed when it was idle and has no record in flight. When Kafka refuses its credentials it is
/// closed at once, and requests within kRefusalMemory are refused without another attempt, unless
/// they come with another token. A client whose token ends is closed at once, too.
class Producer final : public Actor {
 public:
  /// The process's producer with these properties, never a closed one. Makes no network call. An
  /// existing producer stays as it is, pooled or not.
  static std::shared_ptr<Producer> Get(Properties properties, bool is_pooled = false);

  /// Closes all pooled producers. Replies with the number of records that were failed as `count`.
  static void ClosePooled(int timeout_ms, ReplyTo reply_to);

  ~Producer() override;

  /// Answers `reply_to` once: with the produce response when every record has its delivery report,
  /// or with a fault when none was handed over.
  /// Records without a header `traceparent` get the headers of `trace`.
  void Produce(std::string topic, int32_t partition, Format format, Body body, ReplyTo reply_to,
               TraceHeaders trace = {});

  /// The same for a complete draft. The response names `schema_ids`.
  void Produce(std::string topic, int32_t partition, std::shared_ptr<ProduceDraft> draft,
               SchemaIds schema_ids, ReplyTo reply_to, TraceHeaders trace = {});

  /// Gives the client to records that are sent now: returns true, and sets `lease`, or `fault` when
  /// there is no client. Returns false while one is being opened; then it wakes `waiter`.
  bool TakeLease(std::weak_ptr<Actor> waiter, ProducerLease* lease, ClientFault* fault);

  /// Takes no more requests, waits up to `timeout_ms` for the records in flight, and replies with
  /// the number of records that it failed as `count`.
  void Close(int timeout_ms, ReplyTo reply_to);

  /// The brokers of all producers, as their clients saw them last. Empty unless the engine measures
  /// them.
  static BrokersById ReadBrokers();

  const Properties& properties() const { return properties_; }
  bool is_closed();

 private:
  using Batch = std::unique_ptr<ProduceBatch>;

  /// A Close() that is under way. Its time runs while it waits for a client that is being opened,
  /// and for a thread.
  struct Closing {
    TimePoint deadline;
    ReplyTo reply_to;
  };

  static InUse<Producer>& Producers();

  Producer(Scheduler& scheduler, Properties properties, bool is_pooled)
      : Actor(scheduler),
        properties_(std::move(properties)),
        is_pooled_(is_pooled),
        token_(SaslToken::Of(properties_)) {}

  void Run() override;
  void Send(Batch batch);
  bool IsRefused(TimePoint now) const;
  bool TakeLease(ProducerLease* lease, ClientFault* fault);
  void Renew(TimePoint now);
  void Open(const ClientPool::Place& place);
  std::vector<Batch> OnOpened(std::shared_ptr<ProducerClient> client, const ClientFault& fault);
  void WakeWaiters();
  void FinishClosing();
  std::shared_ptr<ProducerClient> TakeUnneeded(TimePoint now);
  std::shared_ptr<ProducerClient> client();
  static void CloseClient(std::shared_ptr<ProducerClient> client, Closing closing);

  /// librdkafka gives up for good on some errors; then a new client is tried at most this often.
  static constexpr std::chrono::seconds kReplacePause{1};

  const Properties properties_;
  const bool is_pooled_;
  const std::shared_ptr<SaslToken> token_;  // Null without one.

  std::mutex mutex_;  // Guards the following.
  std::shared_ptr<ProducerClient> client_;
  ClientFault fault_;                       // The reason for which there is none.
  std::weak_ptr<ProducerClient> replaced_;  // The client before, while it still sends.
  TimePoint renewed_{};                     // The last attempt to open a client.
  TimePoint used_{};                        // The last request.
  TimePoint refused_until_{};
  uint64_t refused_token_ = 0;  // Its version.
  bool is_opening_ = false;
  std::vector<Batch> waiting_;                 // For the client that is being opened.
  std::vector<std::weak_ptr<Actor>> waiters_;  // The same.
  std::vector<Closing> closing_;
  bool closed_ = false;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCER_H_
