#include "kafka/producer.h"

#include <map>
#include <utility>

#include "kafka/client_faults.h"
#include "kafka/engine.h"
#include "kafka/produce_batch.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

constexpr int kDropTimeoutMs = 5000;

/// Destroys a client that gets no further records, on a thread that may block.
void CloseInBackground(std::shared_ptr<ProducerClient> client, int timeout_ms) {
  Engine::Get().disposal().Run(
      [client = std::move(client), timeout_ms] { client->Close(timeout_ms); });
}

}  // namespace

std::shared_ptr<Producer> Producer::Get(Properties properties) {
  static std::mutex mutex;
  static auto* producers = new std::map<Properties, std::weak_ptr<Producer>>();
  std::lock_guard lock(mutex);
  auto& known = (*producers)[properties];
  auto producer = known.lock();
  // A closed one may live until its last object is collected.
  if (!producer || producer->is_closed()) {
    producer.reset(new Producer(std::move(properties)));
    known = producer;
  }
  return producer;
}

Producer::~Producer() {
  if (client_) CloseInBackground(std::move(client_), kDropTimeoutMs);
}

void Producer::Produce(std::string topic, int32_t partition, Format format, Body body,
                       ReplyTo reply_to) {
  auto lease = Lease(reply_to);
  if (!lease) return;
  const size_t size = body.size();
  auto batch = std::make_unique<ProduceBatch>(std::move(*lease), std::move(topic), partition,
                                              format, std::move(body), std::move(reply_to));
  Engine::Get().parsers().Run(size, [batch = batch.release()] {
    ProduceBatch::ParseAndEnqueue(std::unique_ptr<ProduceBatch>(batch));
  });
}

void Producer::Produce(std::string topic, int32_t partition, std::shared_ptr<ProduceDraft> draft,
                       SchemaIds schema_ids, ReplyTo reply_to) {
  auto lease = Lease(reply_to);
  if (!lease) return;
  const size_t size = draft->body_size();
  auto batch = std::make_unique<ProduceBatch>(std::move(*lease), std::move(topic), partition,
                                              std::move(draft), schema_ids, std::move(reply_to));
  Engine::Get().parsers().Run(size, [batch = batch.release()] {
    ProduceBatch::EnqueueDraft(std::unique_ptr<ProduceBatch>(batch));
  });
}

bool Producer::is_closed() {
  std::lock_guard lock(mutex_);
  return closed_;
}

std::optional<ProducerLease> Producer::Lease(const ReplyTo& reply_to) {
  std::lock_guard lock(mutex_);
  if (closed_) {
    reply_to.Fault(kStopping, {});
    return std::nullopt;
  }
  const TimePoint now = Clock::now();
  const bool is_lost = !client_ || client_->is_fatal();
  const bool is_worn = !is_lost && client_->is_worn() && replaced_.expired();
  if ((is_lost || is_worn) && now - opened_ >= kReplacePause) {
    opened_ = now;
    auto client = ProducerClient::Open(properties_, &fault_);
    if (!client) LogFault("producer", fault_);
    if (client || is_lost) {
      // Brokers may still have its records, and acknowledge them. They are answered, as failed if
      // need be, in the time of any record.
      if (client_) {
        replaced_ = client_;
        const auto timeout_ms = static_cast<int>(client_->timeout_ms());
        CloseInBackground(std::move(client_), timeout_ms);
      }
      client_ = std::move(client);
    }
  }
  if (client_) return ProducerLease(client_);
  if (fault_.rest_code != 0) {
    reply_to.Fault(fault_.rest_code, fault_.text);
  } else {
    reply_to.KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, fault_.text);
  }
  return std::nullopt;
}

void Producer::Close(int timeout_ms, ReplyTo reply_to) {
  std::shared_ptr<ProducerClient> client;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    client = std::move(client_);
  }
  if (!client) {
    reply_to.Reply({});
    return;
  }
  Engine::Get().blocking().Run([client = std::move(client), timeout_ms, reply_to] {
    reply_to.Reply({}, 0, client->Close(timeout_ms));
  });
}

}  // namespace sluice
