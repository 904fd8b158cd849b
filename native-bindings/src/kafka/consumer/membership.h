// The subscription of a consumer instance, and how far its group has answered it.
#ifndef SLUICE_KAFKA_CONSUMER_MEMBERSHIP_H_
#define SLUICE_KAFKA_CONSUMER_MEMBERSHIP_H_

#include <string>
#include <vector>

namespace sluice {

/// Makes no calls to librdkafka: Assignment makes them, and reports the outcome. Used by the
/// consumer's actor only.
class Membership {
 public:
  /// The way in which the client has chosen partitions. A change goes through kNone.
  enum class Mode { kNone, kTopics, kPattern, kPartitions };

  enum class State {
    kOutside,  ///< There is no subscription with topics.
    kJoining,  ///< The group has not answered the last subscription.
    kMember,   ///< The assignment is the group's answer to the subscription.
  };

  Mode mode() const { return mode_; }
  State state() const { return state_; }
  bool is_joining() const { return state_ == State::kJoining; }
  /// Whether there is a subscription with topics.
  bool is_subscribed() const { return state_ != State::kOutside; }
  bool has_manual_assignment() const { return mode_ == Mode::kPartitions; }

  /// The subscribed topics, or the topics that the pattern has matched.
  const std::vector<std::string>& topics() const { return topics_; }
  bool Has(const std::string& topic) const;
  /// Whether the subscription is the same already, perhaps in another order.
  bool IsSame(Mode mode, const std::vector<std::string>& topics) const;

  /// The protocol of the last assignment: with the cooperative one, partitions come and go in
  /// parts.
  bool is_cooperative() const { return is_cooperative_; }
  void set_cooperative(bool is_cooperative) { is_cooperative_ = is_cooperative; }

  // All changes of state:

  /// librdkafka has taken a subscription. With no topics a pattern waits outside of the group, and
  /// a list of topics ends the subscription.
  void OnSubscribed(Mode mode, std::vector<std::string> topics);
  /// The group has answered the subscription before, if any: it has yet to answer the last one.
  void OnAnswerAwaited();
  /// There is no subscription and no assignment any more.
  void OnUnsubscribed();
  /// The client has assigned partitions, or none.
  void OnPartitionsAssigned(bool is_empty);
  /// The group has answered. `has_others`: with partitions of topics that the subscription does not
  /// have, so that it was an answer to the one before. librdkafka postpones a subscription until
  /// then.
  void OnGroupAssigned(bool has_others);
  /// The group has taken partitions away; `is_empty`: the last of them.
  void OnGroupRevoked(bool is_empty);
  /// The group will not answer: the assignment stays as it is.
  void OnNoAnswer();

 private:
  Mode mode_ = Mode::kNone;
  State state_ = State::kOutside;
  std::vector<std::string> topics_;
  bool is_cooperative_ = false;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_MEMBERSHIP_H_
