// The life of a consumer instance: opening, commands, runs, closing.
#include "kafka/consumer/consumer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// How long the group may take to let a closing member go.
constexpr std::chrono::seconds kCloseTimeout{10};
/// librdkafka does not say when a close is complete; this is how often to look.
constexpr std::chrono::milliseconds kClosePoll{20};

std::chrono::milliseconds MillisecondsOf(const rd_kafka_conf_t* conf, const char* name) {
  return std::chrono::milliseconds(NumberOf(conf, name));
}

/// How long a broker may take to refuse a partition again: librdkafka's longest pause after it did,
/// a request for others that is under way and waits for records, and the way there and back.
std::chrono::milliseconds ErrorRepeatedWithin(const rd_kafka_conf_t* conf) {
  constexpr std::chrono::milliseconds kLeastPause{1000};
  constexpr std::chrono::milliseconds kWay{1000};
  return std::max(kLeastPause, 10 * MillisecondsOf(conf, "fetch.error.backoff.ms")) +
         MillisecondsOf(conf, "fetch.wait.max.ms") + kWay;
}

ClientFault InvalidConfig(const std::string& text) {
  return {kInvalidConsumerConfig, "Invalid consumer configuration: " + text};
}

}  // namespace

Consumer::Consumer(Scheduler& scheduler, uint32_t id, ConsumerSettings settings)
    : Actor(scheduler),
      id_(id),
      settings_(std::move(settings)),
      used_at_(Clock::now()),
      faults_(settings_.group) {}

Consumer::~Consumer() = default;

std::optional<ClientFault> Consumer::Open() {
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(settings_.properties, &faults);
  if (!faults.empty()) return InvalidConfig(DescribeFaults(faults));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                           RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_STATS);
  // A third, so that a run that comes late still keeps the member in its group.
  poll_interval_ = MillisecondsOf(conf.get(), "max.poll.interval.ms") / 3;
  error_repeated_within_ = ErrorRepeatedWithin(conf.get());
  if (ValueOf(conf.get(), "isolation.level") == "read_committed") {
    isolation_ = RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
  }
  auto_commit_ = ValueOf(conf.get(), "enable.auto.commit") == "true";
  ClientFault fault;
  rk_ = NewClient(RD_KAFKA_CONSUMER, std::move(conf), &fault);
  if (!rk_) return fault.rest_code != 0 ? fault : InvalidConfig(fault.text);
  rd_kafka_poll_set_consumer(rk_);
  fetched_ = std::make_unique<FetchedRecords>(rk_, OnRecords, this);
  events_.reset(rd_kafka_queue_get_consumer(rk_));
  // From here on Run() may be called, on another thread.
  rd_kafka_queue_cb_event_enable(events_.get(), OnQueue, this);
  is_open_.store(true, std::memory_order_release);
  Wake();
  return std::nullopt;
}

void Consumer::OnQueue(rd_kafka_t* rk, void* self) { static_cast<Consumer*>(self)->Wake(); }

void Consumer::OnRecords(rd_kafka_t* rk, void* self) {
  auto* consumer = static_cast<Consumer*>(self);
  consumer->records_came_at_.store(Clock::now(), std::memory_order_relaxed);
  consumer->Wake();
}

std::string Consumer::ReasonToExpire(TimePoint now) const {
  if (has_lost_coordinator_.load(std::memory_order_relaxed)) {
    return "has had no answer from the group's coordinator for " +
           std::to_string(settings_.coordinator_timeout_ms) + " ms";
  }
  const auto idle = now - used_at_.load(std::memory_order_relaxed);
  if (reads_.has_open() || idle < std::chrono::milliseconds(settings_.idle_timeout_ms)) {
    return {};
  }
  return "was idle for " + std::to_string(settings_.idle_timeout_ms) +
         " ms (consumer.instance.timeout.ms)";
}

void Consumer::Post(Command command) {
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(std::move(command));
  }
  Wake();
}

void Consumer::RunInbox() {
  std::vector<Command> commands;
  {
    std::lock_guard lock(inbox_mutex_);
    commands.swap(inbox_);
  }
  for (auto& command : commands) command();
}

void Consumer::Discard() {
  phase_ = Phase::kClosed;
  is_open_.store(true, std::memory_order_release);
  Wake();
}

void Consumer::Run() {
  // Commands may come before its client is there; Open() or Discard() wakes it again.
  if (!is_open()) return;
  if (positions_.seeks().state() == SeekSchedule::State::kRunning) return;  // Its end will wake it.
  if (positions_.seeks().state() == SeekSchedule::State::kFinished) OnSought();
  RunInbox();
  if (phase_ == Phase::kClosed) return;
  ServeEvents();
  const TimePoint now = Clock::now();
  calls_.Serve(now);
  ExpireWithoutCoordinator(now);
  if (phase_ == Phase::kClosing) {
    TryFinishClose(now);
    return;
  }
  StartAgain(now);
  if (ApplySeeks(now)) return;
  RunDeferred(now);
  ServeReads(now);
  // A commit by request does so itself.
  if (std::exchange(has_read_ended_, false) && auto_commit_) PassControlRecords();
  RetryCommits(now);
  RevokeWhenSettled(now);
  PauseUnread(now);
  WakeAt(NextAlarm(now));
}

TimePoint Consumer::NextAlarm(TimePoint now) const {
  // Polling keeps the member in its group even if nobody reads for long.
  TimePoint next = now + poll_interval_;
  if (revocation_) next = std::min(next, revocation_->deadline);
  if (unread_ == Unread::kWaiting) next = std::min(next, unread_since_ + kPauseAfter);
  for (const auto& deferred : deferred_) next = std::min(next, deferred.deadline);
  for (const auto& retry : commit_retries_) next = std::min(next, retry.deadline);
  return std::min({next, positions_.seeks().next_try(), reads_.NextDeadline(now), start_again_at_,
                   calls_.NextAlarm()});
}

void Consumer::Close(std::optional<ReplyTo> reply_to) {
  Post([this, reply_to = std::move(reply_to)] {
    if (phase_ == Phase::kClosed) {
      if (reply_to) reply_to->Reply({});
      return;
    }
    if (reply_to) close_replies_.push_back(*reply_to);
    if (phase_ == Phase::kOpen) StartClose();
  });
}

void Consumer::StartClose() {
  phase_ = Phase::kClosing;
  close_deadline_ = Clock::now() + kCloseTimeout;
  PassControlRecords();
  FailReads();
  lag_.Clear();
  calls_.FaultAll(kInstanceNotFound);
  for (auto& deferred : std::exchange(deferred_, {})) deferred.command();
  for (auto& retry : std::exchange(commit_retries_, {})) retry.command();
  fetched_->DropAll();
  if (const auto revocation = std::exchange(revocation_, std::nullopt)) {
    Revoke(revocation->partitions());
  }
  const ErrorRef error(rd_kafka_consumer_close_queue(rk_, events_.get()));
  if (error) Destroy(false);
}

/// Answers the rebalance that a closing instance may have to answer, once. It uses a thread that
/// may block: librdkafka drops a call that comes just while the group ends without a reply, and its
/// caller waits for ever.
void Consumer::UnassignForClose() {
  auto not_asked = Unassigning::kNotAsked;
  if (!unassigning_.compare_exchange_strong(not_asked, Unassigning::kQueued)) return;
  Engine::Get().closing().Run([self = shared_from_this(), this] {
    auto queued = Unassigning::kQueued;
    if (!unassigning_.compare_exchange_strong(queued, Unassigning::kRunning)) return;
    rd_kafka_assign(rk_, nullptr);
    unassigning_.store(Unassigning::kOver, std::memory_order_release);
    Wake();
  });
}

void Consumer::TryFinishClose(TimePoint now) {
  const bool is_late = now >= close_deadline_;
  auto queued = Unassigning::kQueued;
  // A thread that comes later must not use the client, which is gone then.
  if (is_late) unassigning_.compare_exchange_strong(queued, Unassigning::kOver);
  const Unassigning unassigning = unassigning_.load(std::memory_order_acquire);
  if (unassigning == Unassigning::kQueued || unassigning == Unassigning::kRunning) {
    if (is_late) AbandonClient();
  } else if (rd_kafka_consumer_closed(rk_)) {
    Destroy(true);
  } else if (is_late) {
    Destroy(false);
  }
  if (phase_ == Phase::kClosing) WakeAt(now + kClosePoll);
}

void Consumer::Destroy(bool gracefully) {
  EndClose();
  const int flags = gracefully ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE;
  Engine::Get().disposal().Run([self = shared_from_this(), this, flags] {
    rd_kafka_destroy_flags(std::exchange(rk_, nullptr), flags);
    Engine::Get().consumers().Remove(id_);
  });
}

/// Leaves the client to the thread that waits in it for ever.
void Consumer::AbandonClient() {
  EndClose();
  Engine::Get().Log(3, "consumers", "stuck instance",
                    "librdkafka did not let go of instance " + settings_.name + " of group " +
                        settings_.group + "; its memory is lost until the process ends");
  Engine::Get().closing().OnStuck();
  Engine::Get().consumers().Remove(id_);
}

void Consumer::EndClose() {
  phase_ = Phase::kClosed;
  rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
  fetched_.reset();
  events_.reset();
  OnStatistics("\"fetchq_size\":0");
  // Nobody waits for the rest: without a broker it may take as long as the session timeout.
  for (const auto& reply_to : std::exchange(close_replies_, {})) reply_to.Reply({});
}

}  // namespace sluice
