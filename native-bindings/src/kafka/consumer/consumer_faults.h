// The faults that keep a consumer instance from reading, and those that its reads end with.
#ifndef SLUICE_KAFKA_CONSUMER_CONSUMER_FAULTS_H_
#define SLUICE_KAFKA_CONSUMER_CONSUMER_FAULTS_H_

#include <librdkafka/rdkafka.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/refused_credentials.h"
#include "kafka/scheduler.h"

namespace sluice {

/// Faults of the whole instance, of its brokers, its group and its topics; the faults of a
/// partition are in its state. Used by the consumer's actor only.
class ConsumerFaults {
 public:
  struct Fault {
    rd_kafka_resp_err_t code;
    std::string detail;
  };

  explicit ConsumerFaults(std::string group) : group_name_(std::move(group)) {}

  // Brokers.

  void OnBrokersDown(TimePoint now);
  /// A broker has answered, so that at least one broker accepts the credentials.
  void OnBrokerAnswer();
  /// The instance has other credentials than those that brokers may have refused.
  void OnNewToken() {
    OnBrokerAnswer();
    ForgetNext();
  }
  /// Takes the code and the text of an error event. Returns whether no broker accepts the
  /// credentials.
  bool AreCredentialsRefused(rd_kafka_resp_err_t code, std::string_view text, TimePoint now) {
    return refused_.OnError(code, text, now);
  }
  rd_kafka_resp_err_t CredentialsError(TimePoint now) const { return refused_.code(now); }

  // The group.

  /// librdkafka reports a refusal once, and continues to try: it applies until the group answers.
  void OnGroupRefused(rd_kafka_resp_err_t code);
  /// The group's coordinator was found, and accepts this member.
  void OnGroupAnswer();
  /// Whether the coordinator has answered since brokers were down.
  bool is_group_known() const { return group_ == Group::kKnown; }
  bool is_group_refused() const { return group_ == Group::kRefused; }

  // Topics of the subscription that cannot be read.

  /// The cluster has reported this error of a topic; RD_KAFKA_RESP_ERR_NO_ERROR: it can be read.
  void OnTopic(const std::string& topic, rd_kafka_resp_err_t code);
  const std::map<std::string, rd_kafka_resp_err_t>& topics() const { return topics_; }

  // Reads.

  /// Sets a fault for the next read. librdkafka repeats the fault while it lasts; without a
  /// repetition it is removed.
  void TellNextRead(Fault fault);
  void ForgetNext() { next_.reset(); }
  /// Forgets the faults of an earlier subscription or assignment.
  void ForgetSubscription();
  /// Ends all reads from now on.
  void OnFatal(Fault fault) { fatal_ = std::move(fault); }
  /// The fault that ends a read without records at once. The next read has it only if it is fatal.
  std::optional<Fault> TakeNext(TimePoint now);
  /// A fault that ends a read without records at its deadline: another partition or broker may
  /// deliver before that. `needs_group`: without the group there are no partitions to read.
  std::optional<Fault> Standing(TimePoint now, bool needs_group) const;

  /// The text of an error for the client.
  std::string Explain(rd_kafka_resp_err_t code, std::string detail, std::string_view topic) const;

 private:
  enum class Group { kUnknown, kKnown, kRefused };

  const std::string group_name_;
  TimePoint brokers_down_until_{};
  RefusedCredentials refused_;
  Group group_ = Group::kUnknown;
  rd_kafka_resp_err_t group_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // While it is kRefused.
  std::map<std::string, rd_kafka_resp_err_t> topics_;
  std::optional<Fault> next_;  // Until next_until_.
  TimePoint next_until_{};
  std::optional<Fault> fatal_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_CONSUMER_FAULTS_H_
