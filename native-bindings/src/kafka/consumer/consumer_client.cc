#include "kafka/consumer/consumer_client.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kafka/engine.h"
#include "kafka/rest_code.h"
#include "kafka/topic_partition.h"

namespace sluice {
namespace {

/// The time that the group gets to let a closing member go.
constexpr std::chrono::seconds kCloseTimeout{10};

std::chrono::milliseconds MillisecondsOf(const rd_kafka_conf_t* conf, const char* name) {
  return std::chrono::milliseconds(NumberOf(conf, name));
}

/// The sum of librdkafka's longest pause after a refusal, a request for other partitions that is
/// under way and waits for records, and the way there and back.
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

std::optional<ClientFault> ConsumerClient::Open(const Properties& properties,
                                                std::shared_ptr<SaslToken> token) {
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(properties, &faults);
  if (!faults.empty()) return InvalidConfig(DescribeFaults(faults));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                           RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_STATS);
  // A third, so that a run that comes late still keeps the member in its group.
  poll_interval_ = MillisecondsOf(conf.get(), "max.poll.interval.ms") / 3;
  error_repeated_within_ = ErrorRepeatedWithin(conf.get());
  if (ValueOf(conf.get(), "isolation.level") == "read_committed") {
    isolation_ = RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
  }
  has_auto_commit_ = ValueOf(conf.get(), "enable.auto.commit") == "true";
  ClientFault fault;
  handle_ = NewClient(RD_KAFKA_CONSUMER, std::move(conf), &fault);
  if (!handle_) return fault.rest_code != 0 ? fault : InvalidConfig(fault.text);
  token_ = SaslToken::Use(std::move(token), handle_);
  rd_kafka_poll_set_consumer(handle_);
  events_.reset(rd_kafka_queue_get_consumer(handle_));
  return std::nullopt;
}

void ConsumerClient::ListOffsets(TplRef tpl, int timeout_ms, const ReplyTo& reply_to,
                                 OnOffsets on_offsets, PendingCalls::OnError on_error) {
  const auto ask = [this, tpl = std::shared_ptr(std::move(tpl))](void* call, int left_ms) {
    const OptionsRef options = AdminOptions(handle_, RD_KAFKA_ADMIN_OP_LISTOFFSETS, left_ms, call);
    // To one that reads committed records only, the end is before the first open transaction.
    rd_kafka_AdminOptions_set_isolation_level(options.get(), isolation_);
    rd_kafka_ListOffsets(handle_, tpl.get(), options.get(), events_.get());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  const auto on_result = [on_offsets = std::move(on_offsets)](
                             rd_kafka_event_t* event) -> std::optional<PendingCalls::Failure> {
    size_t count = 0;
    const auto** infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
    Offsets offsets(count);
    std::transform(infos, infos + count, offsets.begin(),
                   rd_kafka_ListOffsetsResultInfo_topic_partition);
    for (const auto* found : offsets) {
      const rd_kafka_resp_err_t error = ListingError(*found);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return PendingCalls::Failure{error, rd_kafka_err2str(error)};
      }
    }
    on_offsets(std::move(offsets));
    return std::nullopt;
  };
  calls_.Add(reply_to, timeout_ms, ask, on_result, std::move(on_error));
}

void ConsumerClient::StartClosing(TimePoint now) {
  closing_until_ = now + kCloseTimeout;
  const ErrorRef error(rd_kafka_consumer_close_queue(handle_, events_.get()));
  if (error) closing_until_ = now;
}

/// Uses a thread that may block: librdkafka drops a call that comes just while the group ends
/// without a reply, and its caller waits for ever.
void ConsumerClient::AnswerRebalance() {
  auto none = Answer::kNone;
  if (!answer_.compare_exchange_strong(none, Answer::kQueued)) return;
  Engine::Get().closing().Run([self = actor_.shared_from_this(), this] {
    auto queued = Answer::kQueued;
    if (!answer_.compare_exchange_strong(queued, Answer::kRunning)) return;
    rd_kafka_assign(handle_, nullptr);
    answer_.store(Answer::kGiven, std::memory_order_release);
    self->Wake();
  });
}

ConsumerClient::Closing ConsumerClient::PollClosing(TimePoint now) {
  const bool is_late = now >= closing_until_;
  auto queued = Answer::kQueued;
  // A thread that comes later must not use the client, which is gone then.
  if (is_late) answer_.compare_exchange_strong(queued, Answer::kGiven);
  const Answer answer = answer_.load(std::memory_order_acquire);
  if (answer == Answer::kQueued || answer == Answer::kRunning) {
    return is_late ? Closing::kStuck : Closing::kUnderWay;
  }
  if (rd_kafka_consumer_closed(handle_)) return Closing::kClosed;
  return is_late ? Closing::kGivenUp : Closing::kUnderWay;
}

void ConsumerClient::CloseEvents() {
  rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
  events_.reset();
}

void ConsumerClient::Destroy(Closing closing) {
  token_ = {};
  const int flags = closing == Closing::kClosed ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE;
  rd_kafka_destroy_flags(std::exchange(handle_, nullptr), flags);
}

}  // namespace sluice
