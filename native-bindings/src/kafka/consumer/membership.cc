#include "kafka/consumer/membership.h"

#include <algorithm>
#include <utility>

namespace sluice {

bool Membership::Has(const std::string& topic) const {
  return std::find(topics_.begin(), topics_.end(), topic) != topics_.end();
}

bool Membership::IsSame(Mode mode, const std::vector<std::string>& topics) const {
  return mode == mode_ &&
         std::is_permutation(topics.begin(), topics.end(), topics_.begin(), topics_.end());
}

void Membership::OnSubscribed(Mode mode, std::vector<std::string> topics) {
  topics_ = std::move(topics);
  mode_ = topics_.empty() && mode == Mode::kTopics ? Mode::kNone : mode;
  state_ = topics_.empty() ? State::kOutside : State::kJoining;
}

void Membership::OnAnswerAwaited() {
  if (state_ == State::kMember) state_ = State::kJoining;
}

void Membership::OnUnsubscribed() {
  topics_.clear();
  mode_ = Mode::kNone;
  state_ = State::kOutside;
}

void Membership::OnPartitionsAssigned(bool is_empty) {
  mode_ = is_empty ? Mode::kNone : Mode::kPartitions;
  state_ = State::kOutside;
}

void Membership::OnGroupAssigned(bool has_others) {
  if (state_ == State::kOutside) return;  // An answer to a subscription that was given up.
  state_ = has_others ? State::kJoining : State::kMember;
}

void Membership::OnGroupRevoked(bool is_empty) {
  if (state_ == State::kMember && is_empty) state_ = State::kJoining;
}

void Membership::OnNoAnswer() {
  if (state_ == State::kJoining) state_ = State::kMember;
}

}  // namespace sluice
