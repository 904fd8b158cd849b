// The states of a subscription, without a group.
#include "kafka/consumer/membership.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using Mode = Membership::Mode;
using State = Membership::State;

TEST(MembershipTest, ASubscriptionJoinsUntilTheGroupAnswersIt) {
  Membership membership;
  EXPECT_EQ(membership.state(), State::kOutside);
  membership.OnSubscribed(Mode::kTopics, {"a", "b"});
  EXPECT_EQ(membership.state(), State::kJoining);
  membership.OnGroupAssigned(false);
  EXPECT_EQ(membership.state(), State::kMember);
}

TEST(MembershipTest, AnAnswerToTheSubscriptionBeforeIsNone) {
  Membership membership;
  membership.OnSubscribed(Mode::kTopics, {"a"});
  membership.OnSubscribed(Mode::kTopics, {"b"});
  membership.OnGroupAssigned(true);
  EXPECT_EQ(membership.state(), State::kJoining);
  membership.OnGroupAssigned(false);
  EXPECT_EQ(membership.state(), State::kMember);
}

TEST(MembershipTest, AMemberJoinsAgainWhenItsLastPartitionGoes) {
  Membership membership;
  membership.OnSubscribed(Mode::kTopics, {"a"});
  membership.OnGroupAssigned(false);
  membership.OnGroupRevoked(false);
  EXPECT_EQ(membership.state(), State::kMember);
  membership.OnGroupRevoked(true);
  EXPECT_EQ(membership.state(), State::kJoining);
}

TEST(MembershipTest, APatternWithoutTopicsIsOutsideOfTheGroupAndStaysAPattern) {
  Membership membership;
  membership.OnSubscribed(Mode::kPattern, {});
  EXPECT_EQ(membership.state(), State::kOutside);
  EXPECT_EQ(membership.mode(), Mode::kPattern);
  membership.OnSubscribed(Mode::kTopics, {});
  EXPECT_EQ(membership.mode(), Mode::kNone);
}

TEST(MembershipTest, TheGroupsEventsAfterTheEndOfASubscriptionChangeNothing) {
  Membership membership;
  membership.OnSubscribed(Mode::kTopics, {"a"});
  membership.OnUnsubscribed();
  membership.OnPartitionsAssigned(false);
  membership.OnGroupAssigned(false);
  membership.OnGroupRevoked(true);
  membership.OnNoAnswer();
  EXPECT_EQ(membership.state(), State::kOutside);
  EXPECT_EQ(membership.mode(), Mode::kPartitions);
}

TEST(MembershipTest, TheSameTopicsInAnotherOrderAreTheSameSubscription) {
  Membership membership;
  membership.OnSubscribed(Mode::kTopics, {"a", "b"});
  EXPECT_TRUE(membership.IsSame(Mode::kTopics, {"b", "a"}));
  EXPECT_FALSE(membership.IsSame(Mode::kPattern, {"a", "b"}));
  EXPECT_FALSE(membership.IsSame(Mode::kTopics, {"a"}));
}

}  // namespace
}  // namespace sluice
