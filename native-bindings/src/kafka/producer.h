// The producer of the process: one configuration, and a client that is replaced when it fails.
#ifndef SLUICE_KAFKA_PRODUCER_H_
#define SLUICE_KAFKA_PRODUCER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "json/delivery_writer.h"
#include "kafka/body.h"
#include "kafka/conf.h"
#include "kafka/outbox.h"
#include "kafka/produce_draft.h"
#include "kafka/producer_client.h"
#include "kafka/scheduler.h"
#include "record.h"

namespace sluice {

/// Shared by all environments that ask for the same properties. Closes itself, after a flush in the
/// background, when the last of them lets go. Safe from any thread.
class Producer {
 public:
  /// The process's producer with these properties, never a closed one. Makes no network call.
  static std::shared_ptr<Producer> Get(Properties properties);

  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  /// Answers `reply_to` once: with the produce response when every record has its delivery report,
  /// or with a fault when none was handed over.
  void Produce(std::string topic, int32_t partition, Format format, Body body, ReplyTo reply_to);

  /// The same for a complete draft. The response names `schema_ids`.
  void Produce(std::string topic, int32_t partition, std::shared_ptr<ProduceDraft> draft,
               SchemaIds schema_ids, ReplyTo reply_to);

  /// Takes no more requests, waits up to `timeout_ms` for the records in flight, and replies with
  /// the number of records that it failed as `count`.
  void Close(int timeout_ms, ReplyTo reply_to);

 private:
  explicit Producer(Properties properties) : properties_(std::move(properties)) {}

  bool is_closed();

  /// The client in use; none, and an answer, while there can be no client.
  std::optional<ProducerLease> Lease(const ReplyTo& reply_to);

  /// librdkafka gives up for good on some errors; then a new client is tried at most this often.
  static constexpr std::chrono::seconds kReplacePause{1};

  const Properties properties_;

  std::mutex mutex_;  // Guards the following.
  std::shared_ptr<ProducerClient> client_;
  ClientFault fault_;                       // The reason for which there is none.
  std::weak_ptr<ProducerClient> replaced_;  // The client before, while it still sends.
  TimePoint opened_{};
  bool closed_ = false;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_PRODUCER_H_
