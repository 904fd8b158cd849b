#include "kafka/broker_statistics.h"

#include <algorithm>
#include <charconv>

namespace sluice {
namespace {

constexpr std::string_view kBroker = "\"nodeid\":";

/// The text behind the first `key`; empty without one. librdkafka writes the members of a broker in
/// a fixed order, and no name of a broker or a topic has a quotation mark.
std::string_view After(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + key.size());
}

int64_t NumberAt(std::string_view text) {
  int64_t number = 0;
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int64_t MemberOf(std::string_view broker, std::string_view key) {
  return NumberAt(After(broker, key));
}

/// A number of a member that is an object, such as `"rtt": {"min":1, …}`.
int64_t NumberIn(std::string_view broker, std::string_view member, std::string_view key) {
  const std::string_view object = After(broker, member);
  return MemberOf(object.substr(0, object.find('}')), key);
}

BrokerState StateOf(std::string_view broker) {
  const std::string_view text = After(broker, "\"state\":\"");
  const std::string_view name = text.substr(0, text.find('"'));
  if (name == "UP" || name == "UPDATE") return kBrokerUp;
  return name == "INIT" || name == "DOWN" ? kBrokerDown : kBrokerConnecting;
}

}  // namespace

void BrokerStatistics::Add(const BrokerStatistics& other) {
  for (size_t i = 0; i < clients.size(); ++i) clients[i] += other.clients[i];
  queued_requests += other.queued_requests;
  waiting_requests += other.waiting_requests;
  mean_rtt_us = std::max(mean_rtt_us, other.mean_rtt_us);
  p99_rtt_us = std::max(p99_rtt_us, other.p99_rtt_us);
  throttle_ms = std::max(throttle_ms, other.throttle_ms);
}

BrokersById ParseBrokers(std::string_view statistics) {
  BrokersById brokers;
  std::string_view rest = After(statistics, "\"brokers\":{");
  rest = rest.substr(0, rest.find("\"topics\":{"));
  for (rest = After(rest, kBroker); !rest.empty(); rest = After(rest, kBroker)) {
    const auto id = static_cast<int32_t>(NumberAt(rest));
    if (id < 0) continue;
    const std::string_view broker = rest.substr(0, rest.find(kBroker));
    BrokerStatistics each;
    each.clients[StateOf(broker)] = 1;
    each.queued_requests = MemberOf(broker, "\"outbuf_cnt\":");
    each.waiting_requests = MemberOf(broker, "\"waitresp_cnt\":");
    each.mean_rtt_us = NumberIn(broker, "\"rtt\": {", "\"avg\":");
    each.p99_rtt_us = NumberIn(broker, "\"rtt\": {", "\"p99\":");
    each.throttle_ms = NumberIn(broker, "\"throttle\": {", "\"max\":");
    brokers[id].Add(each);
  }
  return brokers;
}

}  // namespace sluice
