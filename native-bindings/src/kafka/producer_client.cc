#include "kafka/producer_client.h"

#include <chrono>
#include <utility>

#include "kafka/engine.h"
#include "kafka/record_batch.h"
#include "kafka/rest_code.h"
#include "kafka/scheduler.h"

namespace sluice {
namespace {

/// Replaces librdkafka's partitioner, which reads the clock for each record, by ours, which does
/// the same but for when it leaves a partition. Another partitioner that was asked for stays, and
/// so does a partition by chance for each record (sticky.partitioning.linger.ms=0).
std::chrono::milliseconds TakeOverPartitioning(rd_kafka_conf_t* conf) {
  constexpr const char* kSticky = "sticky.partitioning.linger.ms";
  const std::chrono::milliseconds sticky(NumberOf(conf, kSticky));
  if (sticky.count() == 0 || ValueOf(conf, "partitioner") != "murmur2_random") return sticky;
  // librdkafka asks its own partitioner for records without a key otherwise.
  rd_kafka_conf_set(conf, kSticky, "0", nullptr, 0);
  rd_kafka_topic_conf_set_partitioner_cb(rd_kafka_conf_get_default_topic_conf(conf),
                                         RecordBatch::ChoosePartition);
  return sticky;
}

bool IsPurged(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

}  // namespace

std::shared_ptr<ProducerClient> ProducerClient::Open(const Properties& properties,
                                                     std::shared_ptr<SaslToken> token,
                                                     ClientPool::Place place,
                                                     std::weak_ptr<Actor> owner,
                                                     ClientFault* fault) {
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(properties, &faults);
  if (!faults.empty()) {
    *fault = {0, DescribeFaults(faults)};
    return nullptr;
  }
  int events = RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR;
  if (Engine::Get().max_brokers() > 0) events |= RD_KAFKA_EVENT_STATS;
  rd_kafka_conf_set_events(conf.get(), events);
  std::shared_ptr<ProducerClient> client(new ProducerClient(Engine::Get().scheduler()));
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_throttle_cb(conf.get(), OnThrottle);
  client->place_ = std::move(place);
  client->owner_ = std::move(owner);
  client->max_record_bytes_ = NumberOf(conf.get(), "message.max.bytes");
  client->timeout_ms_ = NumberOf(conf.get(), "message.timeout.ms");
  client->sticky_ = TakeOverPartitioning(conf.get());
  client->rk_ = NewClient(RD_KAFKA_PRODUCER, std::move(conf), fault);
  if (!client->rk_) return nullptr;
  client->token_ = std::move(token);
  client->token_use_ = SaslToken::Use(client->token_, client->rk_);
  client->queue_.reset(rd_kafka_queue_get_main(client->rk_));
  rd_kafka_queue_cb_event_enable(client->queue_.get(), OnQueue, client.get());
  // An event that came before the callback was set; and for the alarm of the token's end.
  client->Wake();
  return client;
}

ProducerClient::~ProducerClient() {
  if (!rk_) return;
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
  token_use_ = {};
  Engine::Get().disposal().Run(
      [rk = rk_, topics = std::move(topics_), place = std::move(place_)]() mutable {
        topics.clear();
        rd_kafka_destroy(rk);
        place.reset();
      });
}

void ProducerClient::OnQueue(rd_kafka_t* /*rk*/, void* self) {
  static_cast<ProducerClient*>(self)->Wake();
}

std::shared_ptr<ProducerTopic> ProducerClient::Topic(const std::string& name) {
  std::lock_guard lock(topics_mutex_);
  auto& topic = topics_[name];
  if (!topic) {
    TopicRef handle(rd_kafka_topic_new(rk_, name.c_str(), nullptr));
    if (!handle) {
      topics_.erase(name);
      return nullptr;
    }
    topic = std::make_shared<ProducerTopic>(std::move(handle), sticky_);
    unknown_topics_.fetch_add(1, std::memory_order_relaxed);
  }
  return topic;
}

void ProducerClient::OnTopicKnown(ProducerTopic& topic, bool is_known) {
  if (topic.is_known.load(std::memory_order_relaxed) == is_known) return;
  if (topic.is_known.exchange(is_known, std::memory_order_relaxed) == is_known) return;
  unknown_topics_.fetch_add(is_known ? -1 : 1, std::memory_order_relaxed);
}

void ProducerClient::AskForPartitions(const ProducerLease& lease,
                                      std::shared_ptr<ProducerTopic> topic) {
  constexpr std::chrono::seconds kPause{1};
  constexpr int kTimeoutMs = 3000;
  const TimePoint now = Clock::now();
  if (now < topic->next_question.load(std::memory_order_relaxed)) return;
  if (lease->is_asking_.exchange(true, std::memory_order_relaxed)) return;
  topic->next_question.store(now + kPause, std::memory_order_relaxed);
  // Shared, because a task is copyable and a lease is not.
  const auto held = std::make_shared<ProducerLease>(lease.Share());
  Engine::Get().blocking().Run([held, topic = std::move(topic)]() mutable {
    ProducerClient& client = *held->operator->();
    const rd_kafka_metadata_t* metadata = nullptr;
    // librdkafka updates its metadata with the answer; it has no call that does not wait for that.
    rd_kafka_metadata(client.rk_, 0, topic->handle.get(), &metadata, kTimeoutMs);
    if (metadata) rd_kafka_metadata_destroy(metadata);
    topic.reset();
    client.is_asking_.store(false, std::memory_order_relaxed);
  });
}

int ProducerClient::Close(int timeout_ms) {
  constexpr std::chrono::milliseconds kPause{5};
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  // A batch may still be on its way through the parse pool, where flush does not see it.
  while (leases_.load(std::memory_order_acquire) > 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() > 0) {
      rd_kafka_flush(rk_, static_cast<int>(left.count()));
    } else {
      rd_kafka_purge(rk_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    if (leases_.load(std::memory_order_acquire) > 0) std::this_thread::sleep_for(kPause);
  }
  return purged_;
}

void ProducerClient::Run() {
  /// Other actors get their turn after so many events, each of up to some thousand reports.
  constexpr int kEventsInARow = 64;
  constexpr std::chrono::milliseconds kFatalPause{100};
  for (int i = 0; i < kEventsInARow; ++i) {
    const EventRef event(rd_kafka_queue_poll(queue_.get(), 0));
    if (!event) break;
    OnEvent(event.get());
    if (i == kEventsInARow - 1) Wake();
  }
  if (token_ && !is_fatal()) EndWithToken(Clock::now());
  if (!is_fatal()) return;
  FailQueued();
  WakeAt(Clock::now() + kFatalPause);
}

void ProducerClient::OnEvent(rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
      OnDeliveries(event);
      break;
    case RD_KAFKA_EVENT_ERROR:
      OnError(event);
      break;
    case RD_KAFKA_EVENT_STATS: {
      BrokersById brokers = ParseBrokers(rd_kafka_event_stats(event));
      std::lock_guard lock(brokers_mutex_);
      brokers_ = std::move(brokers);
      break;
    }
    default:
      break;
  }
}

void ProducerClient::OnDeliveries(rd_kafka_event_t* event) {
  // Records of one batch mostly come in runs; a run is counted down at once.
  RecordBatch* batch = nullptr;
  bool keeps_timestamps = false;
  uint32_t run = 0;
  while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
    auto* slot = static_cast<RecordBatch::Slot*>(message->_private);
    if (slot->batch != batch) {
      if (run > 0) batch->Done(run);
      batch = slot->batch;
      keeps_timestamps = batch->keeps_timestamps();
      run = 0;
    }
    ++run;
    slot->partition = message->partition;
    rd_kafka_resp_err_t error = message->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      slot->offset = message->offset;
      if (keeps_timestamps) slot->timestamp_ms = rd_kafka_message_timestamp(message, nullptr);
      refused_.Forget();
    }
    if (IsPurged(error) && given_up_for_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
      error = given_up_for_;
    } else if (IsPurged(error)) {
      ++purged_;
    }
    slot->Settle(error);
  }
  if (run > 0) batch->Done(run);
}

void ProducerClient::OnError(rd_kafka_event_t* event) {
  if (rd_kafka_event_error_is_fatal(event)) GiveUp(rd_kafka_fatal_error(rk_, nullptr, 0));
  // Records that fail for them leave gaps in the sequences that an idempotent producer numbers, so
  // that it must not write again.
  const TimePoint now = Clock::now();
  const char* text = rd_kafka_event_error_string(event);
  if (!refused_.OnError(rd_kafka_event_error(event), text, now)) return;
  const auto code = refused_.code(now);
  refusal_.store(code, std::memory_order_relaxed);
  GiveUp(code);
}

/// Called in Run(), before the reports of the records that the broker has answered with: they are
/// in the same queue.
void ProducerClient::OnThrottle(rd_kafka_t* /*rk*/, const char* /*broker*/, int32_t /*id*/, int ms,
                                void* self) {
  auto* client = static_cast<ProducerClient*>(self);
  client->throttle_ms_.store(ms, std::memory_order_relaxed);
  client->throttled_until_.store(Clock::now() + std::chrono::milliseconds(ms),
                                 std::memory_order_relaxed);
  EngineCounters& counters = Engine::Get().counters();
  counters.throttled_ms.fetch_add(ms, std::memory_order_relaxed);
  if (ms > 0) counters.throttlings.fetch_add(1, std::memory_order_relaxed);
}

BrokersById ProducerClient::brokers() {
  std::lock_guard lock(brokers_mutex_);
  return brokers_;
}

/// A broker would take records of a connection that was opened with the token before.
void ProducerClient::EndWithToken(TimePoint now) {
  if (token_->IsExpired(now)) {
    GiveUp(RD_KAFKA_RESP_ERR__AUTHENTICATION);
  } else {
    WakeAt(token_->expires_at());
  }
}

void ProducerClient::GiveUp(rd_kafka_resp_err_t cause) {
  if (!is_fatal()) given_up_for_ = cause;
  fatal_.store(true, std::memory_order_relaxed);
  if (const auto owner = owner_.lock()) owner->Wake();
}

/// Fails the records that a client that gave up will not send. Called more than once: a record may
/// be handed over, or come back from a broker to be sent again, at that moment. A broker still
/// answers for the records that it has.
void ProducerClient::FailQueued() {
  if (leases_.load(std::memory_order_acquire) == 0) return;
  rd_kafka_purge(rk_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

}  // namespace sluice
