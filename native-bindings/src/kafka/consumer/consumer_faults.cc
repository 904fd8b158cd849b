#include "kafka/consumer/consumer_faults.h"

#include <chrono>
#include <utility>

#include "kafka/engine.h"

namespace sluice {
namespace {

/// librdkafka repeats "all brokers down" at least this often while it is true (its
/// reconnect.backoff.max.ms is lower); without it they count as up again.
constexpr std::chrono::seconds kBrokersDownFor{15};

/// librdkafka tries to join a group, and to commit, more often than that.
constexpr std::chrono::seconds kRepeatedWithin{10};

}  // namespace

void ConsumerFaults::OnBrokersDown(TimePoint now) {
  brokers_down_until_ = now + kBrokersDownFor;
  if (group_ == Group::kKnown) group_ = Group::kUnknown;
}

void ConsumerFaults::OnBrokerAnswer() {
  refused_.Forget();
  brokers_down_until_ = {};
}

void ConsumerFaults::OnGroupRefused(rd_kafka_resp_err_t code) {
  group_ = Group::kRefused;
  group_error_ = code;
}

void ConsumerFaults::OnGroupAnswer() {
  group_ = Group::kKnown;
  OnBrokerAnswer();
}

void ConsumerFaults::OnTopic(const std::string& topic, rd_kafka_resp_err_t code) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    topics_.erase(topic);
  } else {
    topics_[topic] = code;
  }
}

void ConsumerFaults::TellNextRead(Fault fault) {
  next_ = std::move(fault);
  next_until_ = Clock::now() + kRepeatedWithin;
}

void ConsumerFaults::ForgetSubscription() {
  next_.reset();
  topics_.clear();
}

std::optional<ConsumerFaults::Fault> ConsumerFaults::TakeNext(TimePoint now) {
  std::optional<Fault> next = std::exchange(next_, std::nullopt);
  if (fatal_) return fatal_;
  if (now >= next_until_) return std::nullopt;
  return next;
}

std::optional<ConsumerFaults::Fault> ConsumerFaults::Standing(TimePoint now,
                                                              bool needs_group) const {
  if (!topics_.empty()) {
    const auto& [topic, error] = *topics_.begin();
    std::string text = std::string(rd_kafka_err2str(error)) + " (" + topic + ")";
    return Fault{error, Explain(error, std::move(text), topic)};
  }
  if (needs_group && is_group_refused()) return Fault{group_error_, Explain(group_error_, {}, {})};
  if (now >= brokers_down_until_) return std::nullopt;
  if (const auto refused = refused_.code(now)) return Fault{refused, rd_kafka_err2str(refused)};
  return Fault{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
               "No broker could be reached while the read was waiting."};
}

std::string ConsumerFaults::Explain(rd_kafka_resp_err_t code, std::string detail,
                                    std::string_view topic) const {
  return Engine::Get().errors().Explain(code, std::move(detail), topic, group_name_);
}

}  // namespace sluice
