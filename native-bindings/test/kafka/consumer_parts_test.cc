// The parts of a consumer instance, with a client that has no brokers.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kafka/consumer/assignment.h"
#include "kafka/consumer/commits.h"
#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/seeks.h"
#include "kafka/engine.h"
#include "kafka/recording_outbox.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

using Mode = Membership::Mode;

const TopicPartition kFirst{"t", 0};
const TopicPartition kSecond{"t", 1};

class IdleActor final : public Actor {
 public:
  IdleActor() : Actor(Engine::Get().scheduler()) {}

 private:
  void Run() override {}
};

class ConsumerPartsTest : public ::testing::Test {
 protected:
  ConsumerPartsTest() {
    EXPECT_FALSE(client_.Open({{"group.id", "g"}, {"enable.auto.commit", "false"}}, nullptr));
    fetching_.Open();
  }

  ~ConsumerPartsTest() override {
    fetching_.Close();
    client_.CloseEvents();
    client_.Destroy(ConsumerClient::Closing::kGivenUp);
  }

  void Assign(const std::vector<TopicPartition>& partitions) {
    const ReplyTo reply_to = outbox_->NewTicket();
    assignment_.Assign(partitions, reply_to);
    EXPECT_EQ(Describe(*outbox_->Next(reply_to.ticket)), Describe(Message{}));
  }

  void Subscribe(std::vector<std::string> topics) {
    EXPECT_TRUE(assignment_.Subscribe(std::move(topics), false, outbox_->NewTicket()));
  }

  /// Runs a commit; returns the number of its ticket.
  uint32_t Commit(std::vector<PartitionOffset> offsets, bool is_of_delivered) {
    const ReplyTo reply_to = outbox_->NewTicket();
    commits_.Run(commits_.NewRequest(std::move(offsets), is_of_delivered, reply_to));
    return reply_to.ticket;
  }

  /// The number of partitions that librdkafka has.
  int CountAssigned() {
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    rd_kafka_assignment(client_.handle(), &assigned);
    return TplRef(assigned)->cnt;
  }

  const PartitionState& State(const TopicPartition& partition) { return positions_.Of(partition); }

  std::shared_ptr<RecordingOutbox> outbox_ = std::make_shared<RecordingOutbox>();
  std::shared_ptr<IdleActor> actor_ = std::make_shared<IdleActor>();
  ConsumerFaults faults_{"g"};
  Membership membership_;
  Positions positions_;
  ReadQueue queue_;
  ConsumerClient client_{*actor_, [](auto, auto detail) { return detail; }};
  Fetching fetching_{client_, membership_, positions_, queue_, faults_};
  TopicCheck topics_{client_, membership_, positions_, fetching_, faults_};
  Seeks seeks_{client_, membership_, positions_, fetching_};
  Commits commits_{client_, membership_, positions_, fetching_, faults_, "g", kPatience};
  Assignment assignment_{client_, membership_, positions_, fetching_, commits_,
                         queue_,  topics_,     faults_,    kPatience};
};

TEST_F(ConsumerPartsTest, PartitionsThatStayAssignedKeepTheirPositions) {
  Assign({kFirst});
  positions_.Deliver(kFirst, 7);
  Assign({kFirst, kSecond});
  EXPECT_EQ(CountAssigned(), 2);
  EXPECT_EQ(State(kFirst).start, 7);
  EXPECT_EQ(State(kSecond).start, RD_KAFKA_OFFSET_INVALID);
  Assign({kSecond});
  EXPECT_EQ(CountAssigned(), 1);
  EXPECT_FALSE(positions_.Has(kFirst));
}

TEST_F(ConsumerPartsTest, APartitionOfTheClientIsAssignedAgainForASeek) {
  Assign({kFirst, kSecond});
  fetching_.Seek(kSecond, 5);
  EXPECT_TRUE(fetching_.ApplySeeks(Clock::now()));
  EXPECT_EQ(State(kSecond).start, 5);
  EXPECT_FALSE(State(kSecond).seek_to);
  EXPECT_EQ(State(kFirst).start, RD_KAFKA_OFFSET_INVALID);
  EXPECT_EQ(CountAssigned(), 2);
}

TEST_F(ConsumerPartsTest, ASeekToAPartitionThatIsNotAssignedMovesNone) {
  Assign({kFirst});
  const ReplyTo reply_to = outbox_->NewTicket();
  seeks_.Seek({{kFirst, 5, {}}, {kSecond, 5, {}}}, {}, reply_to);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, kIllegalState);
  EXPECT_FALSE(State(kFirst).seek_to);
}

TEST_F(ConsumerPartsTest, ACommitWithoutDeliveredRecordsIsAnsweredAtOnce) {
  Assign({kFirst});
  EXPECT_EQ(Describe(*outbox_->Next(Commit({}, true))), Describe(Message{}));
  EXPECT_FALSE(commits_.has_open());
}

TEST_F(ConsumerPartsTest, ACommitIsOpenUntilItIsAnswered) {
  Assign({kFirst});
  positions_.Deliver(kFirst, 7);
  const uint32_t ticket = Commit({}, true);
  EXPECT_TRUE(commits_.has_open());
  client_.calls().FaultAll(kInstanceNotFound);
  EXPECT_EQ(outbox_->Next(ticket)->code, kInstanceNotFound);
  EXPECT_FALSE(commits_.has_open());
}

TEST_F(ConsumerPartsTest, ACommitAfterAnotherAssignmentFailsOnce) {
  Assign({kFirst});
  positions_.Deliver(kFirst, 7);
  Assign({kSecond});
  EXPECT_EQ(outbox_->Next(Commit({}, true))->code, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST);
  positions_.lost().OnRead();
  EXPECT_EQ(Describe(*outbox_->Next(Commit({}, true))), Describe(Message{}));
}

TEST_F(ConsumerPartsTest, ACommitOfAPartitionThatTheGroupGaveToAnotherMemberIsRefused) {
  Subscribe({"t"});
  const uint32_t ticket = Commit({{kFirst, 7, {}}}, false);
  EXPECT_EQ(outbox_->Next(ticket)->code, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST);
}

TEST_F(ConsumerPartsTest, ASubscriptionRefusesPartitionsOfTheClient) {
  Subscribe({"t"});
  const ReplyTo reply_to = outbox_->NewTicket();
  assignment_.Assign({kFirst}, reply_to);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, kIllegalState);
  EXPECT_EQ(membership_.mode(), Mode::kTopics);
}

TEST_F(ConsumerPartsTest, ACommandWaitsForTheGroupUntilItsTimeout) {
  Subscribe({"t"});
  int runs = 0;
  assignment_.RunWhenAssigned(outbox_->NewTicket(), [&] { ++runs; });
  EXPECT_EQ(runs, 0);
  assignment_.RunDeferred(Clock::now());
  EXPECT_EQ(runs, 0);
  assignment_.RunDeferred(assignment_.NextAlarm());
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(assignment_.NextAlarm(), TimePoint::max());
}

TEST_F(ConsumerPartsTest, AClosingInstanceRefusesTheCommandsThatWait) {
  Subscribe({"t"});
  const ReplyTo reply_to = outbox_->NewTicket();
  assignment_.RunWhenAssigned(reply_to, [] { FAIL() << "The command ran."; });
  assignment_.Close(kInstanceNotFound);
  EXPECT_EQ(outbox_->Next(reply_to.ticket)->code, kInstanceNotFound);
}

TEST_F(ConsumerPartsTest, AClientThatGroupAndBrokerIgnoreCloses) {
  const TimePoint now = Clock::now();
  client_.StartClosing(now);
  EXPECT_TRUE(Eventually([&] {
    const EventRef event(rd_kafka_queue_poll(client_.events(), 10));
    return client_.PollClosing(now) == ConsumerClient::Closing::kClosed;
  }));
}

}  // namespace
}  // namespace sluice
