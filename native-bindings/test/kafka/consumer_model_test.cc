// Random sequences of requests to one instance, beside a model that knows what each has to return.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer_fixture.h"

namespace sluice {
namespace {

constexpr int kPartitions = 3;

/// What a partition of the topic and of the instance is like.
struct ModelPartition {
  int64_t end = 0;  ///< Records in the topic.
  bool is_assigned = false;
  int64_t next = 0;  ///< The offset of the next record for the client.
  /// Whether a commit covers the position: it does after a delivery or a seek to an offset.
  bool is_known = false;
  bool is_uncommitted = false;  ///< Records were delivered since the last commit or seek.
  /// Records before this were delivered, and no commit covers them since the partition went away.
  int64_t lost = -1;
  bool is_unreported = false;  ///< No commit has failed for these records yet.
  int64_t committed = -1;
};

class ConsumerModelTest : public ConsumerTest, public testing::WithParamInterface<int> {
 protected:
  void Play(bool as_member, int steps) {
    as_member_ = as_member;
    cluster().CreateTopic("t", kPartitions);
    for (int i = 0; i < kPartitions; ++i) Write(i, 200);
    ConsumerSettings settings = Settings();
    Set(&settings, "fetch.wait.max.ms", "50");
    // A member that cannot tell an unreachable coordinator that it leaves keeps its partitions
    // until its session times out.
    Set(&settings, "session.timeout.ms", "2000");
    consumer_ = Create(settings);
    as_member_ ? SubscribeAgain() : AssignSome();
    for (int step = 0; step < steps && !HasFailure(); ++step) Step();
    cluster().SetRoundTrip(0);
    if (!HasFailure()) ReadAllThatIsLeft();
    if (HasFailure()) ADD_FAILURE() << "seed " << GetParam() << ":" << trace_;
  }

 private:
  int Random(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  void Note(const std::string& text) { trace_ += " " + text; }

  void Step() {
    if (slow_steps_ > 0 && --slow_steps_ == 0) cluster().SetRoundTrip(0);
    switch (Random(14)) {
      case 0:
        return Write(Random(kPartitions), 1 + Random(50));
      case 1:
      case 2:
        return SeekOne();
      case 3:
        return SeekAllPartitions();
      case 4:
        return CommitDelivered();
      case 5:
        if (Random(3) == 0) as_member_ ? SubscribeAgain() : AssignSome();
        return;
      case 6: {
        constexpr int kTrips[] = {1, 20, 100, 400};
        const int milliseconds = kTrips[Random(4)];
        Note("rtt(" + std::to_string(milliseconds) + ")");
        cluster().SetRoundTrip(milliseconds);
        slow_steps_ = 3;
        return;
      }
      case 8:
        return Disturb();
      case 7: {
        // An instance that is not read is parked after a second.
        const int milliseconds = Random(4) == 0 ? 1300 : Random(200);
        Note("sleep(" + std::to_string(milliseconds) + ")");
        return std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      }
      default:
        return ReadSome();
    }
  }

  /// Errors that pass, and an outage.
  void Disturb() {
    constexpr struct {
      ApiKey request;
      rd_kafka_resp_err_t error;
    } kErrors[] = {
        {kFetchRequest, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION},
        {kListOffsetsRequest, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION},
        {kOffsetFetchRequest, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
        {kOffsetCommitRequest, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS},
        {kFindCoordinatorRequest, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE},
    };
    const int chosen = Random(7);
    Note("disturb(" + std::to_string(chosen) + ")");
    if (chosen < 5) return cluster().FailNext(kErrors[chosen].request, {kErrors[chosen].error});
    cluster().SetDown();
    std::this_thread::sleep_for(std::chrono::milliseconds(Random(300)));
    cluster().SetUp();
    was_down_ = true;
  }

  void Write(int partition, int count) {
    Note("write(" + std::to_string(partition) + "," + std::to_string(count) + ")");
    cluster().Write("t", partition, Numbered("v", count));
    model_[partition].end += count;
  }

  void SeekOne() {
    const int partition = Random(kPartitions);
    ModelPartition& model = model_[partition];
    if (!model.is_assigned) return;
    const int kind = Random(6);
    const int64_t offset = kind == 0   ? RD_KAFKA_OFFSET_BEGINNING
                           : kind == 1 ? RD_KAFKA_OFFSET_END
                                       : Random(static_cast<int>(model.end) + 1);
    Note("seek(" + std::to_string(partition) + "," + std::to_string(offset) + ")");
    Seek(consumer_, {"t", partition}, offset);
    MoveTo(&model, offset);
  }

  void SeekAllPartitions() {
    const int64_t offset = Random(2) == 0 ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
    Note("seekAll(" + std::to_string(offset) + ")");
    SeekAll(consumer_, offset);
    for (auto& model : model_) {
      if (model.is_assigned) MoveTo(&model, offset);
    }
  }

  /// The end is that of the time of the seek: the engine asks for it.
  static void MoveTo(ModelPartition* model, int64_t offset) {
    model->is_known = offset != RD_KAFKA_OFFSET_BEGINNING;
    model->is_uncommitted = false;
    model->next = offset == RD_KAFKA_OFFSET_BEGINNING ? 0
                  : offset == RD_KAFKA_OFFSET_END     ? model->end
                                                      : offset;
    if (model->is_known) Redeliver(model, model->next);
  }

  /// The client has been given the records before `next`, or has sought there.
  static void Redeliver(ModelPartition* model, int64_t next) {
    if (next < model->lost) return;
    model->lost = -1;
    model->is_unreported = false;
  }

  void CommitDelivered() {
    Note("commit");
    bool is_late = false;
    for (const auto& model : model_) is_late |= model.is_unreported;
    const Message reply = TryCommit(consumer_);
    EXPECT_EQ(reply.kind == MessageKind::kReply, !is_late) << Describe(reply);
    was_reported_ = is_late;
    for (int i = 0; i < kPartitions; ++i) {
      ModelPartition& model = model_[i];
      if (model.is_assigned && model.is_known) model.committed = model.next;
      model.is_uncommitted = false;
      EXPECT_EQ(cluster().Committed("group", "t", i), model.committed) << "partition " << i;
    }
  }

  void AssignSome() {
    const int chosen = 1 + Random((1 << kPartitions) - 1);
    Note("assign(" + std::to_string(chosen) + ")");
    std::vector<TopicPartition> partitions;
    for (int i = 0; i < kPartitions; ++i) {
      const bool is_assigned = (chosen & (1 << i)) != 0;
      if (is_assigned) partitions.push_back({"t", i});
      Move(&model_[i], is_assigned);
    }
    Assign(consumer_, partitions);
  }

  void SubscribeAgain() {
    Note("subscribe");
    Unsubscribe(consumer_);
    for (auto& model : model_) Move(&model, false);
    Subscribe(consumer_, {"t"});
    AwaitAssignment(consumer_, kPartitions);
    for (auto& model : model_) Move(&model, true);
  }

  /// A partition that stays assigned keeps its position; one that is new begins at its commit.
  void Move(ModelPartition* model, bool is_assigned) {
    // One commit has to fail when it comes too late for delivered records.
    if (!is_assigned && model->is_assigned && model->is_uncommitted) {
      model->lost = std::max(model->lost, model->next);
      model->is_unreported = true;
    }
    if (is_assigned && !model->is_assigned) {
      model->next = model->committed >= 0 ? model->committed : 0;
      model->is_known = false;
      model->is_uncommitted = false;
    }
    model->is_assigned = is_assigned;
  }

  void ReadSome() {
    ReadLimits limits = Limits(Random(400));
    if (Random(2) == 0) limits.min_bytes = 0;
    if (Random(2) == 0) limits.max_bytes = 10 + Random(2000);
    const bool is_delivered = Random(4) != 0;
    Note(is_delivered ? "read" : "abandon");
    DrivenRead read = StartRead(consumer_, limits);
    read.Run(is_delivered);
    if (was_reported_) {
      for (auto& model : model_) model.is_unreported = false;
    }
    was_reported_ = false;
    Check(read, is_delivered);
  }

  void Check(const DrivenRead& read, bool is_delivered) {
    // No connection yet.
    if (was_down_ && read.fault()) return;
    ASSERT_FALSE(read.fault()) << Describe(*read.fault());
    std::map<int, int64_t> next;
    for (const auto& record : read.records()) {
      const ModelPartition& model = model_[record.partition];
      ASSERT_TRUE(model.is_assigned) << record.partition;
      const int64_t expected = next.emplace(record.partition, model.next).first->second++;
      ASSERT_EQ(record.offset, expected) << "partition " << record.partition;
      ASSERT_LT(record.offset, model.end);
    }
    trace_ += "{";
    for (const auto& [partition, position] : next) {
      trace_ += std::to_string(partition) + ":" + std::to_string(position) + " ";
      if (!is_delivered) continue;
      model_[partition].next = position;
      model_[partition].is_known = true;
      model_[partition].is_uncommitted = true;
      Redeliver(&model_[partition], position);
    }
    trace_ += "}";
  }

  void ReadAllThatIsLeft() {
    Note("rest");
    EXPECT_TRUE(Eventually([&] {
      DrivenRead read = StartRead(consumer_, Limits(200));
      read.Run();
      Check(read, true);
      bool is_left = false;
      for (const auto& model : model_) is_left |= model.is_assigned && model.next < model.end;
      return !is_left || HasFailure();
    }));
  }

  std::mt19937 random_{static_cast<unsigned>(GetParam())};
  bool as_member_ = false;
  bool was_reported_ = false;
  bool was_down_ = false;
  int slow_steps_ = 0;
  std::shared_ptr<Consumer> consumer_;
  ModelPartition model_[kPartitions];
  std::string trace_;
};

TEST_P(ConsumerModelTest, AnAssignedInstanceReturnsWhatTheModelExpects) { Play(false, 25); }

TEST_P(ConsumerModelTest, AMemberReturnsWhatTheModelExpects) { Play(true, 25); }

/// SLUICE_MODEL_SEED and SLUICE_MODEL_RUNS choose other sequences, and more.
std::vector<int> Seeds() {
  const char* first = std::getenv("SLUICE_MODEL_SEED");
  const char* count = std::getenv("SLUICE_MODEL_RUNS");
  std::vector<int> seeds(count ? std::strtoul(count, nullptr, 10) : 2);
  for (size_t i = 0; i < seeds.size(); ++i) {
    seeds[i] = static_cast<int>(i) + (first ? std::atoi(first) : 1);
  }
  return seeds;
}

INSTANTIATE_TEST_SUITE_P(Seeds, ConsumerModelTest, testing::ValuesIn(Seeds()));

}  // namespace
}  // namespace sluice
