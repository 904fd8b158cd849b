// The positions of an instance, without a client.
#include "kafka/consumer/positions.h"

#include <gtest/gtest.h>

#include <chrono>

namespace sluice {
namespace {

const TopicPartition kPartition{"t", 0};

class PositionsTest : public ::testing::Test {
 protected:
  PositionsTest() { positions_.Add(kPartition); }

  PartitionState& state() { return positions_.Of(kPartition); }

  Positions positions_;
};

TEST_F(PositionsTest, ACommitCoversTheRecordsBeforeItsOffset) {
  positions_.Deliver(kPartition, 10);
  const TplRef committed = NewTpl(1);
  Add(committed, kPartition)->offset = 9;
  positions_.OnCommitted(committed.get());
  EXPECT_TRUE(state().is_uncommitted);
  committed->elems[0].offset = 10;
  positions_.OnCommitted(committed.get());
  EXPECT_FALSE(state().is_uncommitted);
}

TEST_F(PositionsTest, ReturnedRecordsComeAgainUnlessTheyAreCommitted) {
  positions_.Deliver(kPartition, 10);
  const TplRef committed = NewTpl(1);
  Add(committed, kPartition)->offset = 10;
  positions_.OnCommitted(committed.get());
  positions_.Return(kPartition, 5, 12);
  EXPECT_EQ(state().seek_to, 10);
  EXPECT_EQ(state().delivered, 10);
}

TEST_F(PositionsTest, ACommitBeyondReturnedRecordsDoesNotKeepThemFromComingAgain) {
  positions_.Seek(kPartition, 0);
  const TplRef committed = NewTpl(1);
  Add(committed, kPartition)->offset = 10;
  positions_.OnCommitted(committed.get());
  positions_.Return(kPartition, 0, 3);
  EXPECT_EQ(state().seek_to, 0);
  EXPECT_EQ(state().committed, 10);
}

TEST_F(PositionsTest, ASeekForgetsDeliveriesCommitsAndErrors) {
  positions_.Deliver(kPartition, 10);
  positions_.Fail(&state(), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  positions_.Seek(kPartition, RD_KAFKA_OFFSET_END);
  EXPECT_EQ(state().delivered, RD_KAFKA_OFFSET_INVALID);
  EXPECT_FALSE(state().is_uncommitted);
  EXPECT_FALSE(positions_.FindFault(Clock::now()));
  EXPECT_TRUE(positions_.seeks().IsDue(Clock::now()));
}

TEST_F(PositionsTest, LostRecordsAreLostUntilTheyAreDeliveredAgain) {
  positions_.Deliver(kPartition, 10);
  positions_.Lose(kPartition, state());
  EXPECT_EQ(positions_.lost().Unreported(), kPartition);
  positions_.Deliver(kPartition, 9);
  EXPECT_TRUE(positions_.lost().Contains(kPartition));
  positions_.Deliver(kPartition, 10);
  EXPECT_TRUE(positions_.lost().is_empty());
  EXPECT_EQ(positions_.lost().Unreported(), std::nullopt);
}

TEST_F(PositionsTest, AReportedLossStandsUntilTheNextRead) {
  positions_.lost().Add(kPartition, 10);
  positions_.lost().OnRead();
  EXPECT_TRUE(positions_.lost().Unreported());
  positions_.lost().OnReported();
  EXPECT_TRUE(positions_.lost().Unreported());
  positions_.lost().OnRead();
  EXPECT_FALSE(positions_.lost().Unreported());
  EXPECT_TRUE(positions_.lost().Contains(kPartition));
}

TEST_F(PositionsTest, AnErrorEndsWhenItsPartitionDelivers) {
  positions_.Fail(&state(), RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  positions_.OnRecord({"t", 1}, Clock::now());
  EXPECT_TRUE(positions_.has_errors());
  positions_.OnRecord(kPartition, Clock::now());
  EXPECT_FALSE(positions_.has_errors());
  EXPECT_FALSE(state().is_stopped);
}

TEST(SeekScheduleTest, ARefusedSeekIsTriedAgainAfterAPauseThatGrows) {
  SeekSchedule seeks;
  EXPECT_EQ(seeks.next_try(), TimePoint::max());
  const TimePoint now = Clock::now();
  seeks.AddNow();
  EXPECT_TRUE(seeks.IsDue(now));
  seeks.Clear();
  seeks.Start(NewTpl(1));
  EXPECT_FALSE(seeks.IsDue(now));
  seeks.Finish();
  EXPECT_EQ(seeks.state(), SeekSchedule::State::kFinished);
  seeks.Take();
  seeks.AddRetry(now);
  const auto first = seeks.next_try() - now;
  seeks.AddRetry(now);
  EXPECT_EQ(seeks.next_try() - now, 2 * first);
  EXPECT_FALSE(seeks.IsDue(now));
}

}  // namespace
}  // namespace sluice
