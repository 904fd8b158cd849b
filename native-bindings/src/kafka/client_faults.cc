#include "kafka/client_faults.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

/// Takes the place of librdkafka's own callback, which would ask the identity provider for a token.
void IgnoreTokenRefresh(rd_kafka_t*, const char*, void*) {}

bool IsBrokerList(const std::string& name) {
  return name == "bootstrap.servers" || name == "metadata.broker.list";
}

}  // namespace

std::vector<PropertyFault> CheckClient(rd_kafka_type_t type, const Properties& properties) {
  Properties offline;
  std::copy_if(properties.begin(), properties.end(), std::back_inserter(offline),
               [](const auto& property) { return !IsBrokerList(property.first); });
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(offline, &faults);
  // The clients to come say the same, and equal lines are logged once in a while only.
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  // librdkafka runs kinit as soon as there is a client, unless it never renews a ticket.
  rd_kafka_conf_set(conf.get(), "sasl.kerberos.min.time.before.relogin", "0", nullptr, 0);
  if (ValueOf(conf.get(), "sasl.oauthbearer.method") == "oidc") {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf.get(), IgnoreTokenRefresh);
  }
  ClientFault fault;
  if (rd_kafka_t* rk = NewClient(type, std::move(conf), &fault)) {
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  } else if (fault.rest_code == 0) {
    faults.push_back({"", fault.text});
  }
  return faults;
}

void LogFault(std::string_view who, const ClientFault& fault) {
  constexpr int kError = 3;  // syslog's
  const std::string reason =
      fault.rest_code == kNoThreads
          ? "the process has reached its limit of threads (ulimit -u, pids.max)"
      : fault.rest_code == kNoDescriptors
          ? "the process has reached its limit of descriptors (ulimit -n)"
          : fault.text;
  Engine::Get().Log(kError, who, "no client", "no client: " + reason);
}

void AnswerWith(const ClientFault& fault, const ReplyTo& reply_to) {
  if (fault.rest_code != 0) {
    reply_to.Fault(fault.rest_code, fault.text);
  } else {
    reply_to.KafkaError(fault.kafka_code, fault.text);
  }
}

}  // namespace sluice
