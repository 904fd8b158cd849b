#include "kafka/producer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kafka/client_faults.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

constexpr int kDropTimeoutMs = 5000;

/// The pause between two looks at a client that has been idle for long, and has records in flight.
constexpr std::chrono::seconds kBusyPause{1};

/// At least 0.
int MillisecondsUntil(TimePoint time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
  return std::max(0, static_cast<int>(left.count()));
}

/// Closes a client that gets no further records, on a thread that may block.
void CloseInBackground(std::shared_ptr<ProducerClient> client, int timeout_ms) {
  Engine::Get().disposal().Run(
      [client = std::move(client), timeout_ms] { client->Close(timeout_ms); });
}

/// Adds up what several producers lost, and replies when the last one is closed.
class LossCounter final : public Outbox {
 public:
  LossCounter(size_t producers, ReplyTo reply_to)
      : left_(static_cast<int>(producers)), reply_to_(std::move(reply_to)) {}

  void Post(Message message) override {
    lost_.fetch_add(message.count, std::memory_order_relaxed);
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) reply_to_.Reply({}, 0, lost_);
  }

 private:
  std::atomic<int> left_;
  std::atomic<int> lost_{0};
  const ReplyTo reply_to_;
};

}  // namespace

InUse<Producer>& Producer::Producers() {
  static auto* const producers = new InUse<Producer>();
  return *producers;
}

std::shared_ptr<Producer> Producer::Get(Properties properties, bool is_pooled) {
  return Producers().Get(std::move(properties), [is_pooled](Properties own) {
    return std::shared_ptr<Producer>(
        new Producer(Engine::Get().scheduler(), std::move(own), is_pooled));
  });
}

void Producer::ClosePooled(int timeout_ms, ReplyTo reply_to) {
  auto pooled = Producers().All();
  std::erase_if(pooled, [](const auto& producer) { return !producer->is_pooled_; });
  if (pooled.empty()) {
    reply_to.Reply({});
    return;
  }
  const auto counter = std::make_shared<LossCounter>(pooled.size(), std::move(reply_to));
  for (const auto& producer : pooled) producer->Close(timeout_ms, {counter, 0});
}

Producer::~Producer() {
  Producers().Forget(properties_);
  if (client_) CloseInBackground(std::move(client_), kDropTimeoutMs);
}

void Producer::Produce(std::string topic, int32_t partition, Format format, Body body,
                       ReplyTo reply_to, TraceHeaders trace) {
  Send(std::make_unique<ProduceBatch>(std::move(topic), partition, format, std::move(body),
                                      std::move(reply_to), std::move(trace)));
}

void Producer::Produce(std::string topic, int32_t partition, std::shared_ptr<ProduceDraft> draft,
                       SchemaIds schema_ids, ReplyTo reply_to, TraceHeaders trace) {
  Send(std::make_unique<ProduceBatch>(std::move(topic), partition, std::move(draft), schema_ids,
                                      std::move(reply_to), std::move(trace)));
}

BrokersById Producer::ReadBrokers() {
  BrokersById brokers;
  for (const auto& producer : Producers().All()) {
    const auto client = producer->client();
    if (!client) continue;
    for (const auto& [id, broker] : client->brokers()) brokers[id].Add(broker);
  }
  return brokers;
}

std::shared_ptr<ProducerClient> Producer::client() {
  std::lock_guard lock(mutex_);
  return client_;
}

bool Producer::is_closed() {
  std::lock_guard lock(mutex_);
  return closed_;
}

bool Producer::TakeLease(std::weak_ptr<Actor> waiter, ProducerLease* lease, ClientFault* fault) {
  std::lock_guard lock(mutex_);
  const bool is_settled = TakeLease(lease, fault);
  if (!is_settled) waiters_.push_back(std::move(waiter));
  return is_settled;
}

/// Called with the lock.
bool Producer::TakeLease(ProducerLease* lease, ClientFault* fault) {
  const TimePoint now = Clock::now();
  used_ = now;
  if (closed_) {
    *fault = {kStopping, {}};
    return true;
  }
  if (!MayAct(token_, now)) {
    *fault = RefusedFault(RD_KAFKA_RESP_ERR__AUTHENTICATION);
    return true;
  }
  Renew(now);
  const bool is_lost = !client_ || client_->is_fatal();
  if (is_lost && is_opening_) return false;
  if (client_) {
    *lease = ProducerLease(client_);
  } else {
    *fault = fault_;
  }
  return true;
}

void Producer::Send(Batch batch) {
  ClientFault fault;
  ProducerLease lease;
  {
    std::lock_guard lock(mutex_);
    if (!TakeLease(&lease, &fault)) {
      waiting_.push_back(std::move(batch));
      return;
    }
  }
  if (lease) {
    ProduceBatch::Start(std::move(batch), std::move(lease));
  } else {
    AnswerWith(fault, batch->reply_to());
  }
}

/// Called with the lock.
bool Producer::IsRefused(TimePoint now) const {
  return now < refused_until_ && (!token_ || token_->version() == refused_token_);
}

/// Begins to open a client if there is none, or one that has to be replaced. Called with the lock.
void Producer::Renew(TimePoint now) {
  const bool is_lost = !client_ || client_->is_fatal();
  const bool is_worn = !is_lost && client_->is_worn() && replaced_.expired();
  if (is_opening_ || (!is_lost && !is_worn)) return;
  if (now - renewed_ < kReplacePause || IsRefused(now)) return;
  ClientPool::Place place;
  if (is_pooled_) {
    ClientFault fault;
    place = Engine::Get().clients().Take(&fault);
    if (!place) {
      fault_ = std::move(fault);
      return;
    }
  }
  renewed_ = now;
  is_opening_ = true;
  Engine::Get().blocking().Run([self = std::static_pointer_cast<Producer>(shared_from_this()),
                                place = std::move(place)] { self->Open(place); });
}

/// Called on a blocking thread.
void Producer::Open(const ClientPool::Place& place) {
  ClientFault fault;
  const auto client = ProducerClient::Open(properties_, token_, place, weak_from_this(), &fault);
  if (!client) LogFault("producer", fault);
  {
    // Until the waiting requests have theirs: the client is not idle.
    const ProducerLease lease = client ? ProducerLease(client) : ProducerLease();
    for (auto& batch : OnOpened(client, fault)) {
      if (lease) {
        ProduceBatch::Start(std::move(batch), lease.Share());
      } else {
        AnswerWith(fault, batch->reply_to());
      }
    }
  }
  WakeWaiters();
  FinishClosing();
  if (is_pooled_) Wake();  // For the alarm of its idle time.
}

/// Puts a client in the place of the one before. Returns the requests that wait for it.
std::vector<Producer::Batch> Producer::OnOpened(std::shared_ptr<ProducerClient> client,
                                                const ClientFault& fault) {
  std::lock_guard lock(mutex_);
  const bool is_lost = !client_ || client_->is_fatal();
  if (client || is_lost) {
    // Brokers may still have the records of the client before, and acknowledge them. They are
    // answered, as failed if need be, in the time of any record.
    if (client_) {
      replaced_ = client_;
      const auto timeout_ms = static_cast<int>(client_->timeout_ms());
      CloseInBackground(std::move(client_), timeout_ms);
    }
    client_ = std::move(client);
    fault_ = fault;
  }
  is_opening_ = false;
  return std::exchange(waiting_, {});
}

void Producer::WakeWaiters() {
  std::vector<std::weak_ptr<Actor>> waiters;
  {
    std::lock_guard lock(mutex_);
    waiters.swap(waiters_);
  }
  for (const auto& each : waiters) {
    if (const auto waiter = each.lock()) waiter->Wake();
  }
}

/// Closes a client whose opening has ended after close() was called.
void Producer::FinishClosing() {
  std::vector<Closing> closing;
  std::shared_ptr<ProducerClient> client;
  {
    std::lock_guard lock(mutex_);
    if (closing_.empty()) return;
    closing.swap(closing_);
    client = std::move(client_);
  }
  for (auto& each : closing) CloseClient(std::exchange(client, nullptr), std::move(each));
}

void Producer::Run() {
  if (!is_pooled_) return;
  auto unneeded = TakeUnneeded(Clock::now());
  if (unneeded) CloseInBackground(std::move(unneeded), kDropTimeoutMs);
}

/// The client, if it is to be closed: idle, or with refused credentials. Nobody gets a lease of it
/// any more.
std::shared_ptr<ProducerClient> Producer::TakeUnneeded(TimePoint now) {
  ClientPool& pool = Engine::Get().clients();
  std::lock_guard lock(mutex_);
  if (!client_) return nullptr;
  if (const auto refusal = client_->refusal()) {
    pool.CountWrongCredentials();
    fault_ = RefusedFault(refusal);
    refused_until_ = now + kRefusalMemory;
    refused_token_ = token_ ? token_->version() : 0;
    renewed_ = {};
    return std::exchange(client_, nullptr);
  }
  if (client_->is_fatal() && !MayAct(token_, now)) {
    renewed_ = {};  // The next token opens a client at once.
    return std::exchange(client_, nullptr);
  }
  const TimePoint unneeded_at = used_ + pool.idle_time();
  if (now < unneeded_at || !client_->is_idle()) {
    WakeAt(std::max(unneeded_at, now + kBusyPause));
    return nullptr;
  }
  pool.CountEviction();
  renewed_ = {};  // The next request opens a client at once.
  return std::exchange(client_, nullptr);
}

void Producer::Close(int timeout_ms, ReplyTo reply_to) {
  Closing closing{Clock::now() + std::chrono::milliseconds(timeout_ms), std::move(reply_to)};
  std::shared_ptr<ProducerClient> client;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    if (is_opening_) {
      closing_.push_back(std::move(closing));
      return;
    }
    client = std::move(client_);
  }
  CloseClient(std::move(client), std::move(closing));
}

/// Replies at once without a client.
void Producer::CloseClient(std::shared_ptr<ProducerClient> client, Closing closing) {
  if (!client) {
    closing.reply_to.Reply({});
    return;
  }
  Engine::Get().blocking().Run(
      [client = std::move(client), closing = std::move(closing)]() mutable {
        const int lost = client->Close(MillisecondsUntil(closing.deadline));
        client.reset();  // Before the reply, after which the process may end.
        closing.reply_to.Reply({}, 0, lost);
      });
}

}  // namespace sluice
