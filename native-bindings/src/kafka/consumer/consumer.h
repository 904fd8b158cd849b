// One consumer instance: its group membership, its positions, its reads.
#ifndef SLUICE_KAFKA_CONSUMER_CONSUMER_H_
#define SLUICE_KAFKA_CONSUMER_CONSUMER_H_

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/chunk_pool.h"
#include "kafka/client.h"
#include "kafka/conf.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetched_records.h"
#include "kafka/consumer/lag_report.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/consumer/read.h"
#include "kafka/consumer/read_queue.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/pending_calls.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

/// A call of a consumer instance that gets no answer in this time is answered with a timeout.
inline constexpr int kCallTimeoutMs = 10'000;

struct ConsumerSettings {
  std::string group;
  std::string name;
  Format format = Format::kBinary;
  Properties properties;
  int32_t idle_timeout_ms = 300'000;
  /// Of reads that name no limits of their own.
  int32_t request_timeout_ms = 1000;
  int64_t fetch_min_bytes = -1;
  /// Delivers a record that is larger than a read may return, alone, instead of refusing it.
  bool return_oversized = false;
  /// How long after the last request of its client a revocation waits for a commit of the records
  /// that were delivered. Only without automatic commits; 0: not at all.
  int32_t commit_wait_ms = 15'000;
  /// An instance expires when its group's coordinator has not answered a request for this time.
  /// Below the hour after which librdkafka would give up the request.
  int32_t coordinator_timeout_ms = 3'000'000;
};

/// An actor: commands from any thread go to its inbox, and everything else happens in Run(), on a
/// consumer thread, one at a time. So its state needs no lock, and a waiting read holds no thread.
///
/// Each command answers its ReplyTo exactly once. Reads answer with chunks, the last of them
/// marked, and with an empty reply when EndRead() was heard; or with the reply `[]`; or with a
/// fault. They take turns in the order of their arrival.
///
/// Positions: a record counts as delivered when EndRead() says that the loop wrote the whole
/// response. Only then is its offset stored, to be committed. A read that ends otherwise puts the
/// position back to its first record.
class Consumer final : public Actor, public ChunkWaiter {
 public:
  Consumer(Scheduler& scheduler, uint32_t id, ConsumerSettings settings);
  ~Consumer() override;

  /// The name of the instance for JavaScript; no other instance ever has it.
  uint32_t id() const { return id_; }
  const ConsumerSettings& settings() const { return settings_; }

  // The following are safe from any thread.

  /// Makes the client. Blocks for some milliseconds: called once, on a blocking thread, before
  /// anything else. Returns why there is none, as a REST error.
  std::optional<ClientFault> Open();
  /// After a failed Open(): commands that came meanwhile are answered as by a closed instance.
  void Discard();

  /// Replaces the subscription; with no topics ends it. `by_pattern`: the topics are those that a
  /// pattern matched so far.
  void Subscribe(std::vector<std::string> topics, bool by_pattern, ReplyTo reply_to);
  void Unsubscribe(ReplyTo reply_to);
  /// Replies with a JSON array of topic names.
  void GetSubscription(ReplyTo reply_to);
  /// Replaces the assignment; with no partitions ends it.
  void Assign(std::vector<TopicPartition> partitions, ReplyTo reply_to);
  /// Replies with a JSON array of [topic, partition].
  void GetAssignment(ReplyTo reply_to);

  /// Moves positions: first `offsets` (which may be RD_KAFKA_OFFSET_BEGINNING or _END), then to the
  /// first records at or after `timestamps` (milliseconds in `offset`; the end when there is none).
  void Seek(std::vector<PartitionOffset> offsets, std::vector<PartitionOffset> timestamps,
            ReplyTo reply_to);
  /// Moves all assigned partitions to RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END.
  void SeekAll(int64_t offset, ReplyTo reply_to);

  /// Commits the positions after the delivered records, and waits for the broker. Fails when the
  /// partitions of some of these records were taken away before a commit.
  void CommitDelivered(ReplyTo reply_to);
  /// Commits these offsets, as they are. Fails when another member may read their partitions, or
  /// when records before them were taken away and come again.
  void Commit(std::vector<PartitionOffset> offsets, ReplyTo reply_to);
  /// Replies with a JSON array of [topic, partition, offset, metadata] of those that have a
  /// committed offset.
  void GetCommitted(std::vector<TopicPartition> partitions, ReplyTo reply_to);

  void StartRead(const ReadLimits& limits, ReplyTo reply_to);
  /// The loop has written a chunk of the read with this address.
  void OnChunkWritten(std::shared_ptr<Outbox> outbox, uint32_t ticket);
  /// The read with this address is over for the loop: its response was written to the end
  /// (`delivered`), or its client is gone.
  void EndRead(std::shared_ptr<Outbox> outbox, uint32_t ticket, bool delivered);
  /// The same for a response that was written to an end of its own, before that of the read:
  /// `next` are the offsets after the last record it has of each partition. The next read goes on
  /// there.
  void EndReadAt(std::shared_ptr<Outbox> outbox, uint32_t ticket,
                 std::vector<PartitionOffset> next);
  /// Ends all reads of an environment that is gone.
  void AbandonReads(const Outbox* outbox);

  /// Leaves the group, commits what was delivered if auto-commit is on, and destroys the client;
  /// `reply_to` may be empty. A second call waits for the first.
  void Close(std::optional<ReplyTo> reply_to);

  /// Counts as a use: pushes the idle deadline.
  void Touch() { used_at_.store(Clock::now(), std::memory_order_relaxed); }
  /// The reason to close it: no client uses it, or its group cannot be reached. Else empty.
  std::string ReasonToExpire(TimePoint now) const;
  /// The lag of each partition at the last statistics event. Empty unless the engine measures it.
  LagReport::Lags lags() const { return lag_.Read(); }
  /// Whether Open() succeeded.
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }

 private:
  using Command = std::function<void()>;

  enum class Phase { kOpen, kClosing, kClosed };

  /// The answer to the rebalance of a closing instance; see UnassignForClose().
  enum class Unassigning {
    kNotAsked,
    kQueued,   ///< Waits for a thread.
    kRunning,  ///< Uses the client on a thread.
    kOver,     ///< Done, or given up before it ran.
  };

  /// Records that wait in librdkafka's queue; see PauseUnread().
  enum class Unread {
    kNone,
    kWaiting,  ///< Since unread_since_ no read has taken any.
    kPaused,   ///< All partitions are paused.
  };

  using Fault = ConsumerFaults::Fault;

  /// A revocation that waits until the delivered records are committed.
  struct Revocation {
    EventRef event;
    TimePoint deadline;

    const rd_kafka_topic_partition_list_t* partitions() const {
      return rd_kafka_event_topic_partition_list(event.get());
    }
  };

  /// See PauseUnread().
  static constexpr std::chrono::seconds kPauseAfter{1};
  /// Records that a paused instance keeps for its next read. A fetched record costs 300 bytes
  /// besides its own, and librdkafka takes all of a batch, which may have 10 000 and more.
  static constexpr size_t kRecordsKept = 2048;

  struct Deferred {
    TimePoint deadline;
    Command command;
  };

  /// A commit that its client waits for.
  struct CommitRequest {
    std::vector<PartitionOffset> offsets;
    bool is_of_delivered;  ///< Then `offsets` is empty.
    ReplyTo reply_to;
    TimePoint deadline;
    std::shared_ptr<const bool> token;  ///< See commit_token_.
    uint64_t number;                    ///< See commits_.
  };
  using CommitRef = std::shared_ptr<const CommitRequest>;

  // Life (consumer.cc).
  void Run() override;
  void OnChunk() override { Wake(); }
  static void OnQueue(rd_kafka_t* rk, void* self);
  static void OnRecords(rd_kafka_t* rk, void* self);
  void Post(Command command);
  void RunInbox();
  TimePoint NextAlarm(TimePoint now) const;
  void StartClose();
  void UnassignForClose();
  void TryFinishClose(TimePoint now);
  void AbandonClient();
  void Destroy(bool gracefully);
  void EndClose();

  // Events (consumer_events.cc).
  void ServeEvents();
  void OnError(rd_kafka_resp_err_t code, std::string detail, const TopicPartition* partition);
  void OnCredentialsRefused();
  void TellWaitingRead(Fault fault);
  std::string_view TopicIn(std::string_view detail) const;
  void OnStatistics(std::string_view json);

  // Membership (consumer_group.cc).
  void OnRebalance(EventRef event);
  void OnAssigned(const rd_kafka_topic_partition_list_t* tpl);
  void Revoke(const rd_kafka_topic_partition_list_t* tpl);
  void RevokeWhenSettled(TimePoint now);
  TimePoint RevocationDeadline(TimePoint now) const;
  bool IsRevocationAwaited() const;
  void ReplaceAssignment(const std::set<TopicPartition>& partitions);
  void AssignAgain();
  void AssignPartitions();
  void AssignAll(const rd_kafka_topic_partition_list_t* tpl);
  void UnassignAll();
  void AwaitStops();
  void DropPartitions();
  bool RefuseModeChange(Membership::Mode mode, const ReplyTo& reply_to);
  bool DeferUntilAssigned(Command command);
  void RunDeferred(TimePoint now);
  bool HasUnsubscribed() const;
  bool NeedsGroup() const;

  // Topics (consumer_topics.cc).
  void CheckTopics(const std::set<std::string>& names);
  void CheckFaultyTopics();
  void OnTopicDescribed(const rd_kafka_TopicDescription_t* topic);
  void OnSubscribedTopicDescribed(const std::string& topic, rd_kafka_resp_err_t error);

  // Positions (consumer_positions.cc).
  void SetSeek(const TopicPartition& partition, int64_t offset);
  void SeekBack(const TopicPartition& partition, int64_t offset);
  void OnSeekSet(const TopicPartition& partition);
  bool ApplySeeks(TimePoint now);
  void StartSeek(TplRef seeks);
  void OnSought();
  void Restart(const TplRef& tpl);
  void RestartPart(const TplRef& tpl);
  void RestartWhole(const TplRef& tpl);
  void OnRestarted(const rd_kafka_topic_partition_list_t* tpl);
  int64_t NextFetchOf(const TopicPartition& partition, const PartitionState& state) const;
  void StartAgain(TimePoint now);
  void FetchAgain(const TopicPartition& partition, int64_t offset);
  int64_t PositionOf(const TopicPartition& partition, const PartitionState& state) const;
  bool RefuseUnassigned(const std::vector<PartitionOffset>& offsets, const ReplyTo& reply_to);
  void SeekToTimestamps(const std::vector<PartitionOffset>& timestamps,
                        std::set<TopicPartition> ends, const ReplyTo& reply_to);
  void SeekToEnds(const std::set<TopicPartition>& partitions, const ReplyTo& reply_to);
  using Offsets = std::vector<const rd_kafka_topic_partition_t*>;
  using OnOffsets = std::function<void(Offsets)>;
  void AskForOffsets(TplRef tpl, int timeout_ms, const ReplyTo& reply_to, OnOffsets on_offsets,
                     PendingCalls::OnError on_error = {});

  // Lag (consumer_lag.cc).
  void MeasureLag();
  void AskForEnds();
  void SetLag(const TopicPartition& partition, const PartitionState& state, int64_t end);

  // Commits (consumer_commits.cc).
  void StartCommit(std::vector<PartitionOffset> offsets, bool is_of_delivered, ReplyTo reply_to);
  void RunCommit(const CommitRef& request);
  TplRef OffsetsOf(const CommitRequest& request) const;
  void SendCommit(const CommitRef& request,
                  std::shared_ptr<const rd_kafka_topic_partition_list_t> offsets);
  void FailCommit(const CommitRef& request, rd_kafka_resp_err_t error);
  void RetryCommits(TimePoint now);
  bool RefuseLate(const CommitRequest& request);
  std::optional<TopicPartition> FindLate(const CommitRequest& request) const;
  void OnAutoCommitted(rd_kafka_event_t* event);
  void PassControlRecords();
  void LoseUncommitted(const TopicPartition& partition, const PartitionState& state);
  using OnCommitted = std::function<void(const rd_kafka_topic_partition_list_t*)>;
  void ExpireWithoutCoordinator(TimePoint now);
  void AskForCommitted(std::shared_ptr<const rd_kafka_topic_partition_list_t> tpl,
                       const ReplyTo& reply_to, OnCommitted on_committed);

  // Reads (consumer_reads.cc).
  void ServeReads(TimePoint now);
  bool ServeRead(Read& read);
  bool TakeRecords(Read& read);
  bool ServeRecords(Read& read);
  bool ServeNothing(Read& read);
  bool FailIfBroken(const Read& read, TimePoint now);
  std::optional<Fault> StandingFault(TimePoint now) const;
  bool RefuseRead(const Read& read, int32_t error_code, std::string message);
  void OnReadOver();
  void Deliver(const Read& read);
  void DeliverUpTo(const Read& read, const std::vector<PartitionOffset>& next);
  void ReturnRecords(const Read& read);
  void FailReads();
  void PauseUnread(TimePoint now);
  void PauseFetching();
  void ResumeFetching();

  const uint32_t id_;
  const ConsumerSettings settings_;
  std::atomic<TimePoint> used_at_;

  std::mutex inbox_mutex_;  // Guards the following.
  std::vector<Command> inbox_;

  // The actor's own.
  rd_kafka_t* rk_ = nullptr;
  QueueRef events_;  // Rebalances, errors, results: everything but records.
  std::unique_ptr<FetchedRecords> fetched_;
  Phase phase_ = Phase::kOpen;
  std::chrono::milliseconds poll_interval_{100'000};
  std::chrono::milliseconds error_repeated_within_{0};
  rd_kafka_IsolationLevel_t isolation_ = RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED;
  bool auto_commit_ = true;

  // Membership.
  Membership membership_;
  std::optional<Revocation> revocation_;
  std::deque<Deferred> deferred_;  // Commands that need the group's answer.
  TimePoint next_check_{};         // Of topics that keep the instance from reading.

  // Positions.
  Positions positions_;  // Of the partitions that are assigned.
  TimePoint start_again_at_ = TimePoint::max();
  TimePoint lag_asked_until_{};  // The deadline of a request for the ends of partitions.

  // Commits.
  std::vector<Deferred> commit_retries_;
  /// Each commit that is not answered has a reference.
  const std::shared_ptr<const bool> commit_token_ = std::make_shared<bool>(true);
  uint64_t commits_ = 0;  // Changes with each commit and each revocation.

  // Calls to the cluster.
  ConsumerFaults faults_;
  PendingCalls calls_{
      [this](auto code, auto detail) { return faults_.Explain(code, std::move(detail), {}); }};
  /// Requests that the coordinator has not answered: when they were made, by their opaques.
  std::map<void*, TimePoint> coordinator_requests_;
  int64_t prefetched_bytes_ = 0;

  // Reads.
  ReadQueue reads_;
  bool has_taken_ = false;       // A read took a record in this run.
  bool has_read_ended_ = false;  // A read ended in this run.
  TimePoint read_ended_at_{};    // The last read before the one that has its turn.
  Unread unread_ = Unread::kNone;
  TimePoint unread_since_{};  // Unless it is kNone.

  // Closing.
  std::vector<ReplyTo> close_replies_;
  TimePoint close_deadline_{};
  std::atomic<Unassigning> unassigning_{Unassigning::kNotAsked};

  // For other threads.
  LagReport lag_;
  std::atomic<TimePoint> records_came_at_{TimePoint{}};  // To an empty queue.
  std::atomic<bool> has_lost_coordinator_{false};
  std::atomic<bool> is_open_{false};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_CONSUMER_H_
