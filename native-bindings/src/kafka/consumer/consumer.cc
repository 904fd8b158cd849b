// The commands of a consumer instance, its runs, and its end.
#include "kafka/consumer/consumer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "json/escape.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// The pause between two looks at a closing client: librdkafka does not report the end.
constexpr std::chrono::milliseconds kClosePoll{20};

/// Brokers may still refuse connections for the token before that are under way.
constexpr std::chrono::seconds kSettling{3};

}  // namespace

Consumer::Consumer(Scheduler& scheduler, uint32_t id, ConsumerSettings settings)
    : Actor(scheduler),
      id_(id),
      settings_(std::move(settings)),
      token_(SaslToken::Of(settings_.properties)) {}

Consumer::~Consumer() = default;

std::optional<ClientFault> Consumer::Open() {
  if (auto fault = client_.Open(settings_.properties, token_)) return fault;
  fetching_.Open();
  // From here on Run() may be called, on another thread.
  client_.EnableEvents();
  is_open_.store(true, std::memory_order_release);
  Wake();
  return std::nullopt;
}

void Consumer::Discard() {
  phase_ = Phase::kClosed;
  is_open_.store(true, std::memory_order_release);
  Wake();
}

std::string Consumer::ReasonToExpire(TimePoint now) const {
  if (commits_.has_lost_coordinator()) {
    return "has had no answer from the group's coordinator for " +
           std::to_string(settings_.coordinator_timeout_ms) + " ms";
  }
  if (!MayAct(token_, now - SaslToken::kGrace)) return "has no valid token any more";
  const auto idle = now - queue_.used_at();
  if (queue_.has_open() || idle < std::chrono::milliseconds(settings_.idle_timeout_ms)) {
    return {};
  }
  return "was idle for " + std::to_string(settings_.idle_timeout_ms) +
         " ms (consumer.instance.timeout.ms)";
}

// Commands.

void Consumer::Post(std::function<void()> command) {
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(std::move(command));
  }
  Wake();
}

void Consumer::PostWhileOpen(ReplyTo reply_to, std::function<void(const ReplyTo&)> command) {
  Post([this, reply_to = std::move(reply_to), command = std::move(command)] {
    if (phase_ != Phase::kOpen) {
      reply_to.Fault(kInstanceNotFound, {});
    } else if (!MayAct(token_, Clock::now())) {
      constexpr auto kCode = RD_KAFKA_RESP_ERR__AUTHENTICATION;
      reply_to.KafkaError(kCode, rd_kafka_err2str(kCode));
    } else {
      command(reply_to);
    }
  });
}

void Consumer::RunInbox() {
  std::vector<std::function<void()>> commands;
  {
    std::lock_guard lock(inbox_mutex_);
    commands.swap(inbox_);
  }
  for (auto& command : commands) command();
}

void Consumer::Subscribe(std::vector<std::string> topics, ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to),
                [this, topics = std::move(topics), version = ++last_version_](auto& reply_to) {
                  const bool is_changed = assignment_.Subscribe(topics, false, reply_to);
                  if (membership_.IsSame(Membership::Mode::kTopics, topics))
                    SetPattern(version, std::nullopt);
                  if (is_changed) OnSubscribed(reply_to);
                });
}

void Consumer::SubscribePattern(uint32_t version, std::string pattern,
                                std::vector<std::string> topics, ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, version, pattern = std::move(pattern),
                                      topics = std::move(topics)](auto& reply_to) {
    if (version < version_) {
      reply_to.Reply({});
      return;
    }
    const bool is_changed = assignment_.Subscribe(topics, true, reply_to);
    if (membership_.IsSame(Membership::Mode::kPattern, topics)) SetPattern(version, pattern);
    if (is_changed) OnSubscribed(reply_to);
  });
}

void Consumer::OnSubscribed(const ReplyTo& reply_to) {
  ServeEvents();  // An assignment that is there already answers the subscription before.
  membership_.OnAnswerAwaited();
  reply_to.Reply({});
}

void Consumer::Unsubscribe(ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, version = ++last_version_](auto& reply_to) {
    SetPattern(version, std::nullopt);
    assignment_.Unsubscribe(reply_to);
  });
}

std::optional<PatternSubscription> Consumer::pattern() const {
  std::lock_guard lock(pattern_mutex_);
  return pattern_;
}

/// Versions may arrive out of order: their calls come from several threads.
void Consumer::SetPattern(uint32_t version, std::optional<std::string> pattern) {
  version_ = std::max(version_, version);
  std::lock_guard lock(pattern_mutex_);
  pattern_.reset();
  if (pattern) pattern_ = {version, std::move(*pattern)};
}

void Consumer::GetSubscription(ReplyTo reply_to) {
  Post([this, reply_to = std::move(reply_to)] {
    std::string json = "[";
    for (const auto& topic : membership_.topics()) {
      if (json.size() > 1) json.push_back(',');
      json::AppendQuoted(topic, &json);
    }
    reply_to.Reply(json + ']');
  });
}

void Consumer::Assign(std::vector<TopicPartition> partitions, ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, partitions = std::move(partitions)](auto& reply_to) {
    assignment_.Assign(partitions, reply_to);
  });
}

void Consumer::GetAssignment(ReplyTo reply_to) {
  Post([this, reply_to = std::move(reply_to)] { assignment_.GetAssignment(reply_to); });
}

void Consumer::Seek(std::vector<PartitionOffset> offsets, std::vector<PartitionOffset> timestamps,
                    ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, offsets = std::move(offsets),
                                      timestamps = std::move(timestamps)](auto& reply_to) {
    assignment_.RunWhenAssigned(reply_to, [this, offsets, timestamps, reply_to] {
      seeks_.Seek(offsets, timestamps, reply_to);
    });
  });
}

void Consumer::SeekAll(int64_t offset, ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, offset](auto& reply_to) {
    assignment_.RunWhenAssigned(reply_to,
                                [this, offset, reply_to] { seeks_.SeekAll(offset, reply_to); });
  });
}

void Consumer::CommitDelivered(ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to),
                [this](auto& reply_to) { commits_.Run(commits_.NewRequest({}, true, reply_to)); });
}

void Consumer::Commit(std::vector<PartitionOffset> offsets, ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, offsets = std::move(offsets)](auto& reply_to) {
    const CommitRef request = commits_.NewRequest(offsets, false, reply_to);
    const auto run = [this, request] { commits_.Run(request); };
    // The assignment tells which offsets may be committed. Lost records stay lost.
    if (positions_.lost().is_empty()) {
      assignment_.RunWhenAssigned(reply_to, run);
    } else {
      run();
    }
  });
}

void Consumer::GetCommitted(std::vector<TopicPartition> partitions, ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this, partitions = std::move(partitions)](auto& reply_to) {
    commits_.GetCommitted(partitions, reply_to);
  });
}

void Consumer::StartRead(const ReadLimits& limits, ReplyTo reply_to) {
  const TimePoint arrived = Clock::now();
  PostWhileOpen(std::move(reply_to), [this, limits, arrived](auto& reply_to) {
    reads_.Start(std::make_unique<Read>(reply_to, limits, arrived, settings_.format,
                                        settings_.return_oversized,
                                        std::static_pointer_cast<Consumer>(shared_from_this())));
  });
}

void Consumer::HastenReads(ReplyTo reply_to) {
  PostWhileOpen(std::move(reply_to), [this](auto& reply_to) {
    queue_.Hasten(Clock::now());
    reply_to.Reply({});
  });
}

void Consumer::OnChunkWritten(std::shared_ptr<Outbox> outbox, uint32_t ticket) {
  Post([this, outbox = std::move(outbox), ticket] {
    if (Read* read = queue_.Find(outbox.get(), ticket)) read->OnWritten();
  });
}

void Consumer::EndRead(std::shared_ptr<Outbox> outbox, uint32_t ticket, bool delivered) {
  Post([this, outbox = std::move(outbox), ticket, delivered] {
    reads_.End(outbox.get(), ticket, delivered);
  });
}

void Consumer::EndReadAt(std::shared_ptr<Outbox> outbox, uint32_t ticket,
                         std::vector<PartitionOffset> next) {
  Post([this, outbox = std::move(outbox), ticket, next = std::move(next)] {
    reads_.EndAt(outbox.get(), ticket, next);
  });
}

void Consumer::AbandonReads(const Outbox* outbox) {
  Post([this, outbox] { reads_.Abandon(outbox); });
}

// Runs.

void Consumer::Run() {
  // Commands may come before its client is there; Open() or Discard() wakes it again.
  if (!is_open()) return;
  if (!fetching_.EndSeek()) return;  // The thread that seeks will wake it.
  RunInbox();
  if (phase_ == Phase::kClosed) return;
  ServeEvents();
  const TimePoint now = Clock::now();
  if (token_) FollowToken(now);
  client_.calls().Serve(now);
  commits_.CheckCoordinator(now);
  if (phase_ == Phase::kClosing) {
    TryFinishClose(now);
    return;
  }
  if (!fetching_.ApplySeeks(now)) return;
  assignment_.RunDeferred(now);
  reads_.Serve(now);
  // A commit by request does so itself.
  if (queue_.TakeEnded() && client_.has_auto_commit()) fetching_.PassControlRecords();
  commits_.Serve(now);
  assignment_.RevokeWhenSettled(now);
  fetching_.records().PauseUnread(positions_, now);
  WakeAt(NextAlarm(now));
}

void Consumer::FollowToken(TimePoint now) {
  if (token_->IsExpired(now)) {
    reads_.EndWithToken();
    return;
  }
  const uint64_t before = std::exchange(token_version_, token_->version());
  if (before == 0 || before == token_version_) return;
  faults_.OnNewToken();
  token_settles_until_ = now + kSettling;
}

void Consumer::ServeEvents() {
  while (EventRef event{rd_kafka_queue_poll(client_.events(), 0)}) {
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_REBALANCE:
        if (phase_ == Phase::kOpen) {
          assignment_.OnRebalance(std::move(event));
        } else {
          client_.AnswerRebalance();
        }
        break;
      case RD_KAFKA_EVENT_ERROR:
        OnErrorEvent(event.get());
        break;
      case RD_KAFKA_EVENT_STATS:
        fetching_.records().OnStatistics(rd_kafka_event_stats(event.get()));
        if (phase_ == Phase::kOpen) lag_.Measure();
        break;
      case RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH:
        break;  // The next request may bring another token.
      default:
        commits_.OnEvent(event.get());
        if (client_.calls().OnEvent(event.get())) faults_.OnBrokerAnswer();
        break;
    }
  }
}

void Consumer::OnErrorEvent(rd_kafka_event_t* event) {
  const auto code = rd_kafka_event_error(event);
  // The error may be about the previous token. librdkafka tries again with the new one, and reports
  // an error that persists once more.
  const bool is_about_token =
      code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
  if (is_about_token && Clock::now() < token_settles_until_) return;
  const char* detail = rd_kafka_event_error_string(event);
  rd_kafka_topic_partition_t* of = rd_kafka_event_topic_partition(event);
  if (!of) {
    reads_.OnError(code, detail, nullptr);
    return;
  }
  const TopicPartition partition{of->topic, of->partition};
  reads_.OnError(code, detail, &partition);
  rd_kafka_topic_partition_destroy(of);
}

TimePoint Consumer::NextAlarm(TimePoint now) const {
  // Polling keeps the member in its group without reads.
  const TimePoint end = token_ ? token_->expires_at() : TimePoint::max();
  return std::min({now + client_.poll_interval(), now < end ? end : TimePoint::max(),
                   fetching_.NextAlarm(), assignment_.NextAlarm(), commits_.NextAlarm(),
                   queue_.NextDeadline(now), client_.NextAlarm()});
}

// The end.

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
  fetching_.PassControlRecords();
  reads_.FailAll();
  positions_.lags().Clear();
  client_.calls().FaultAll(kInstanceNotFound);
  commits_.FaultAll(kInstanceNotFound);
  fetching_.records().DropAll();
  assignment_.Close(kInstanceNotFound);
  client_.StartClosing(Clock::now());
}

void Consumer::TryFinishClose(TimePoint now) {
  const auto closing = client_.PollClosing(now);
  if (closing == ConsumerClient::Closing::kUnderWay) {
    WakeAt(now + kClosePoll);
    return;
  }
  phase_ = Phase::kClosed;
  fetching_.Close();
  client_.CloseEvents();
  // No client waits for the rest: without a broker it may take as long as the session timeout.
  for (const auto& reply_to : std::exchange(close_replies_, {})) reply_to.Reply({});
  if (closing != ConsumerClient::Closing::kStuck) {
    Engine::Get().disposal().Run([self = shared_from_this(), this, closing] {
      client_.Destroy(closing);
      Engine::Get().consumers().Remove(id_);
    });
    return;
  }
  Engine::Get().Log(3, "consumers", "stuck instance",
                    "librdkafka did not let go of instance " + settings_.name + " of group " +
                        settings_.group + "; its memory is lost until the process ends");
  Engine::Get().closing().OnStuck();
  Engine::Get().consumers().Remove(id_);
}

}  // namespace sluice
