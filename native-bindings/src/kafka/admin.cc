#include "kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "kafka/client_faults.h"
#include "kafka/engine.h"

namespace sluice {
namespace {

/// The pause between two looks at a client that has been idle for long, and has calls.
constexpr std::chrono::seconds kBusyCallsPause{1};

}  // namespace

InUse<Admin>& Admin::Admins() {
  static auto* const admins = new InUse<Admin>();
  return *admins;
}

std::shared_ptr<Admin> Admin::Get(Properties properties, bool is_pooled) {
  return Admins().Get(std::move(properties), [is_pooled](Properties own) {
    return std::make_shared<Admin>(Engine::Get().scheduler(), std::move(own), is_pooled);
  });
}

Admin::~Admin() {
  Admins().Forget(properties_);
  if (rk_) CloseClient();
}

void Admin::OnQueue(rd_kafka_t* rk, void* self) { static_cast<Admin*>(self)->Wake(); }

void Admin::Post(ReplyTo reply_to, Command command) {
  Post([this, reply_to = std::move(reply_to), command = std::move(command)] {
    waiting_.push_back({reply_to, command});
  });
}

void Admin::Post(Command command) {
  {
    std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(command));
  }
  Wake();
}

void Admin::Run() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(mutex_);
    commands.swap(inbox_);
  }
  for (auto& command : commands) command();
  if (!waiting_.empty()) ServeWaiting();
  if (!queue_) return;
  while (const EventRef event{rd_kafka_queue_poll(queue_.get(), 0)}) OnEvent(event.get());
  calls_.Serve(Clock::now());
  if (calls_.NextAlarm() != TimePoint::max()) WakeAt(calls_.NextAlarm());
  if (token_) EndWithToken(Clock::now());
  if (is_pooled_) CloseUnneeded();
}

void Admin::ServeWaiting() {
  used_ = Clock::now();
  if (!MayAct(token_, used_)) {
    Refuse(RefusedFault(RD_KAFKA_RESP_ERR__AUTHENTICATION));
  } else if (is_unusable_ || IsRefused(used_)) {
    Refuse(RefusedFault(refusal_));
  } else if (rk_) {
    for (const auto& each : std::exchange(waiting_, {})) each.command();
  } else if (!is_opening_) {
    StartOpening();
  }
}

bool Admin::IsRefused(TimePoint now) const {
  return now < refused_until_ && (!token_ || token_->version() == refused_token_);
}

/// Answers the waiting calls.
void Admin::Refuse(const ClientFault& fault) {
  for (const auto& each : std::exchange(waiting_, {})) AnswerWith(fault, each.reply_to);
}

void Admin::StartOpening() {
  ClientPool::Place place;
  ClientFault full;
  if (is_pooled_ && !(place = Engine::Get().clients().Take(&full))) {
    Refuse(full);
    return;
  }
  is_opening_ = true;
  Engine::Get().blocking().Run(
      [self = std::static_pointer_cast<Admin>(shared_from_this()), place = std::move(place)] {
        std::vector<PropertyFault> faults;
        ConfRef conf = MakeConf(self->properties_, &faults);
        rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
        ClientFault fault{0, DescribeFaults(faults)};
        rd_kafka_t* rk = nullptr;
        if (faults.empty()) rk = NewClient(RD_KAFKA_PRODUCER, std::move(conf), &fault);
        if (!rk) LogFault("admin", fault);
        self->Post([self = self.get(), rk, place, fault] { self->OnOpened(rk, place, fault); });
      });
}

void Admin::OnOpened(rd_kafka_t* rk, ClientPool::Place place, const ClientFault& fault) {
  is_opening_ = false;
  if (!rk) {
    Refuse(fault);
    return;
  }
  rk_ = rk;
  place_ = std::move(place);
  token_use_ = SaslToken::Use(token_, rk_);
  queue_.reset(rd_kafka_queue_get_main(rk_));
  rd_kafka_queue_cb_event_enable(queue_.get(), OnQueue, this);
}

/// Fails the calls of a client whose token has ended, and has it closed.
void Admin::EndWithToken(TimePoint now) {
  if (!token_->IsExpired(now)) {
    WakeAt(token_->expires_at());
    return;
  }
  refusal_ = RD_KAFKA_RESP_ERR__AUTHENTICATION;
  calls_.FailAll(refusal_, rd_kafka_err2str(refusal_));
  is_unusable_ = true;
}

/// Closes a client that was idle for long, or whose credentials Kafka refuses.
void Admin::CloseUnneeded() {
  if (blocking_calls_ > 0) return;  // The last of them wakes this.
  ClientPool& pool = Engine::Get().clients();
  if (is_unusable_) {
    CloseClient();
  } else if (calls_.is_empty() && Clock::now() >= used_ + pool.idle_time()) {
    pool.CountEviction();
    CloseClient();
  } else {
    // A call that ends after that wakes this, too.
    WakeAt(std::max(used_ + pool.idle_time(), Clock::now() + kBusyCallsPause));
  }
}

void Admin::CloseClient() {
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
  queue_.reset();
  token_use_ = {};
  is_unusable_ = false;
  Engine::Get().disposal().Run(
      [rk = std::exchange(rk_, nullptr), place = std::move(place_)]() mutable {
        rd_kafka_destroy(rk);
        place.reset();
      });
}

void Admin::OnEvent(rd_kafka_event_t* event) {
  const auto type = rd_kafka_event_type(event);
  if (type == RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH) return;  // The next request may bring one.
  if (type != RD_KAFKA_EVENT_ERROR) {
    if (calls_.OnEvent(event)) refused_.Forget();
    return;
  }
  const TimePoint now = Clock::now();
  const char* text = rd_kafka_event_error_string(event);
  if (!refused_.OnError(rd_kafka_event_error(event), text, now)) return;
  const auto code = refused_.code(now);
  calls_.FailAll(code, rd_kafka_err2str(code));
  if (!is_pooled_ || is_unusable_) return;
  Engine::Get().clients().CountWrongCredentials();
  is_unusable_ = true;
  refusal_ = code;
  refused_until_ = now + kRefusalMemory;
  refused_token_ = token_ ? token_->version() : 0;
  refused_.Forget();
}

// The one call for the names of all topics would hold its thread while there is no broker; so it
// follows a call that waits for a broker without a thread.
void Admin::Ask(admin::ListTopics /*call*/, int timeout_ms, ReplyTo reply_to) {
  Post(reply_to, [this, timeout_ms, reply_to] {
    const TimePoint deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    Send(admin::DescribeCluster(), timeout_ms, reply_to,
         [self = shared_from_this(), this, deadline, reply_to](rd_kafka_event_t*) {
           AskForNames(deadline, reply_to);
           return std::nullopt;
         });
  });
}

void Admin::AskForNames(TimePoint deadline, const ReplyTo& reply_to) {
  const auto ask = [self = std::static_pointer_cast<Admin>(shared_from_this()), reply_to](
                       void* call, int left_ms) {
    ++self->blocking_calls_;
    Engine::Get().blocking().Run([self, reply_to, call, left_ms] {
      const rd_kafka_metadata_t* metadata = nullptr;
      const auto error = rd_kafka_metadata(self->rk_, 1, nullptr, &metadata, left_ms);
      std::string json;
      if (metadata) json = admin::TopicNames(metadata);
      rd_kafka_metadata_destroy(metadata);
      self->Post([self = self.get(), reply_to, call, error, json = std::move(json)] {
        --self->blocking_calls_;
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

}  // namespace sluice
