// One consumer instance: its group membership, its positions, its reads.
#ifndef SLUICE_KAFKA_CONSUMER_H_
#define SLUICE_KAFKA_CONSUMER_H_

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
#include "kafka/fetched_records.h"
#include "kafka/handles.h"
#include "kafka/outbox.h"
#include "kafka/pending_calls.h"
#include "kafka/read.h"
#include "kafka/refused_credentials.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

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
  /// When the group's coordinator has not answered a question for so long, the instance expires.
  /// Below the hour after which librdkafka would give up the question.
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

  /// Names it to JavaScript. Never used again.
  uint32_t id() const { return id_; }
  const ConsumerSettings& settings() const { return settings_; }

  // What follows is safe from any thread.

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
  /// Why it is to be closed: nobody uses it, or its group can't be reached. Empty when it is not.
  std::string ReasonToExpire(TimePoint now) const;
  /// Whether Open() succeeded.
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }

 private:
  using Command = std::function<void()>;

  enum class Mode { kNone, kTopics, kPattern, kPartitions };
  enum class Phase { kOpen, kClosing, kClosed };
  /// What GiveAllUp() asked for: waits for a thread, or uses the client on one.
  enum class GivingUp { kNo, kQueued, kRunning };

  struct Partition {
    /// One after the last delivered record, and after control records that were passed behind it.
    int64_t delivered = RD_KAFKA_OFFSET_INVALID;
    bool is_uncommitted = false;  ///< Records were delivered that no commit has covered.
    int64_t committed = RD_KAFKA_OFFSET_INVALID;  ///< By the last commit since the last seek.
    std::optional<int64_t> seek_to;               ///< Not yet told to librdkafka.
    int64_t start = RD_KAFKA_OFFSET_INVALID;      ///< Where librdkafka was last told to start.
    /// Of reading it. Until a seek, or until it delivers again.
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    TimePoint error_until = TimePoint::max();  ///< Unless it comes again; see FetchAgain().
    /// What the cluster last said of it: perhaps it does not exist.
    rd_kafka_resp_err_t absence = RD_KAFKA_RESP_ERR_NO_ERROR;
    /// There was an error, so that librdkafka may no longer fetch it.
    bool is_stopped = false;

    void Fail(rd_kafka_resp_err_t code) {
      error = code;
      error_until = TimePoint::max();
      is_stopped = true;
    }
  };

  struct Fault {
    rd_kafka_resp_err_t code;
    std::string detail;
  };

  /// See Park().
  static constexpr std::chrono::seconds kParkAfter{1};
  /// What a parked instance keeps for its next read. A fetched record costs 300 bytes besides its
  /// own, and librdkafka takes all of a batch, which may have 10 000 and more.
  static constexpr size_t kParkedRecords = 2048;

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
  void Post(Command command);
  void RunInbox();
  TimePoint NextAlarm(TimePoint now) const;
  void StartClose();
  void GiveAllUp();
  void TryFinishClose(TimePoint now);
  void Forsake();
  void Destroy(bool gracefully);
  void EndClose();

  // Events (consumer_events.cc).
  void ServeEvents();
  void OnError(rd_kafka_resp_err_t code, std::string detail, const TopicPartition* partition);
  void OnAnswer();
  void OnCredentialsRefused();
  void OnGroupRefused(rd_kafka_resp_err_t code);
  void OnGroupAnswer();
  void TellNextRead(Fault fault);
  void TellWaitingRead(Fault fault);
  void ForgetErrors();
  std::string TextOf(rd_kafka_resp_err_t code, std::string detail, std::string_view topic) const;
  std::string_view TopicIn(std::string_view detail) const;
  void ForgetError(const rd_kafka_message_t* message);
  void OnStatistics(std::string_view json);

  // Membership (consumer_group.cc).
  void OnRebalance(EventRef event);
  void OnAssigned(const rd_kafka_topic_partition_list_t* tpl);
  void Revoke(const rd_kafka_topic_partition_list_t* tpl);
  void RevokeWhenSettled(TimePoint now);
  TimePoint RevocationDeadline(TimePoint now) const;
  bool IsRevocationAwaited() const;
  bool IsBeingWritten() const;
  void ReplaceAssignment(const std::set<TopicPartition>& partitions);
  void AssignAgain();
  void AssignPartitions();
  void AssignAll(const rd_kafka_topic_partition_list_t* tpl);
  void UnassignAll();
  void AwaitStops();
  void CheckTopics(const std::set<std::string>& names);
  void CheckFaultyTopics();
  void OnTopicDescribed(const rd_kafka_TopicDescription_t* topic);
  void OnSubscribedTopicDescribed(const std::string& topic, rd_kafka_resp_err_t error);
  void DropPartitions();
  bool RefuseModeChange(Mode mode, const ReplyTo& reply_to);
  bool DeferUntilAssigned(Command command);
  void RunDeferred(TimePoint now);
  bool IsSubscribed() const;
  bool HasUnsubscribed() const;
  bool IsAssignedAsSubscribed() const;
  bool NeedsGroup() const;

  // Positions (consumer_positions.cc).
  void SetSeek(const TopicPartition& partition, int64_t offset);
  void ApplySeeks(TimePoint now);
  void StartSeek(TplRef seeks);
  void OnSought();
  void Restart(const TplRef& tpl);
  void StartAgain(TimePoint now);
  void FetchAgain(const TopicPartition& partition, int64_t offset);
  int64_t PositionOf(const TopicPartition& partition, const Partition& state);
  bool IsSought(const rd_kafka_message_t* message) const;
  bool RefuseUnassigned(const std::vector<PartitionOffset>& offsets, const ReplyTo& reply_to);
  void SeekToTimestamps(const std::vector<PartitionOffset>& timestamps,
                        std::set<TopicPartition> ends, const ReplyTo& reply_to);
  void SeekToEnds(const std::set<TopicPartition>& partitions, const ReplyTo& reply_to);
  using Offsets = std::vector<const rd_kafka_topic_partition_t*>;
  using OnOffsets = std::function<void(Offsets)>;
  void AskForOffsets(TplRef tpl, int timeout_ms, const ReplyTo& reply_to, OnOffsets on_offsets,
                     PendingCalls::OnError on_error = {});

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
  void MarkCommitted(const rd_kafka_topic_partition_list_t* committed);
  void OnAutoCommitted(rd_kafka_event_t* event);
  void PassControlRecords();
  void SetDelivered(const TopicPartition& partition, int64_t offset);
  void Lose(const TopicPartition& partition, int64_t next);
  void LoseUncommitted(const TopicPartition& partition, const Partition& state);
  using OnCommitted = std::function<void(const rd_kafka_topic_partition_list_t*)>;
  void ExpireIfForgotten(TimePoint now);
  void AskForCommitted(std::shared_ptr<const rd_kafka_topic_partition_list_t> tpl,
                       const ReplyTo& reply_to, OnCommitted on_committed);

  // Reads (consumer_reads.cc).
  void PumpReads(TimePoint now);
  bool Serve(Read& read);
  bool ServeRecords(Read& read);
  bool ServeNothing(Read& read);
  bool FailIfBroken(const Read& read, TimePoint now);
  std::optional<Fault> StandingFault(TimePoint now) const;
  bool RefuseRead(const Read& read, int32_t error_code, std::string message);
  void EndEarly();
  std::unique_ptr<Read> TakeRead(const Outbox* outbox, uint32_t ticket);
  void Deliver(const Read& read);
  void DeliverUpTo(const Read& read, const std::vector<PartitionOffset>& next);
  void TakeBack(const Read& read);
  void SeekBack(const TopicPartition& partition, int64_t offset);
  void ForgetInReads(const TopicPartition& partition);
  std::deque<std::unique_ptr<Read>>::iterator FindRead(const Outbox* outbox, uint32_t ticket);
  void RemoveRead(std::deque<std::unique_ptr<Read>>::iterator read);
  void FailReads();
  void ParkUnread(TimePoint now);
  void Park();
  void Unpark();
  TplRef AssignedPartitions() const;

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

  Mode mode_ = Mode::kNone;
  std::vector<std::string> subscription_;
  std::map<TopicPartition, Partition> assignment_;
  /// The group has not yet answered the last subscription. True as long as HasUnsubscribed().
  bool is_joining_ = false;
  bool is_cooperative_ = false;               // The protocol of the last assignment.
  bool has_seeks_ = false;                    // Some partition has a seek_to.
  bool has_errors_ = false;                   // Some partition has an error.
  std::chrono::milliseconds seek_pause_{20};  // Until the next try of a seek that did not work.
  TimePoint next_seek_{};                     // That try.
  TplRef sought_;        // By a blocking thread; that thread's while is_seeking_, the actor's then.
  EventRef revocation_;  // Waits until what was delivered is committed.
  TimePoint revocation_deadline_{};
  /// One after the last delivered record of partitions that were taken away before a commit, until
  /// these records are delivered again.
  std::map<TopicPartition, int64_t> lost_;
  /// Those of lost_ that no commit without offsets has reported, or that one has since the last
  /// read.
  std::set<TopicPartition> unreported_;
  bool is_loss_reported_ = false;
  std::vector<Deferred> commit_retries_;
  /// Each commit that is not answered has a reference.
  const std::shared_ptr<const bool> commit_token_ = std::make_shared<bool>(true);
  std::deque<Deferred> deferred_;
  TimePoint next_check_{};  // Of topics that keep it from reading.

  PendingCalls calls_{
      [this](auto code, auto detail) { return TextOf(code, std::move(detail), {}); }};
  std::map<void*, TimePoint>
      questions_;         // To the coordinator; when they were asked, by their opaques.
  uint64_t commits_ = 0;  // Changes with each commit and each revocation.
  TimePoint brokers_down_until_{};
  RefusedCredentials refused_;
  rd_kafka_resp_err_t group_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // Why it does not let us in.
  bool is_group_known_ = false;  // It has answered since brokers were down.
  TimePoint start_again_at_ = TimePoint::max();
  std::optional<Fault> error_;  // To be told to the next read, until error_until_.
  TimePoint error_until_{};
  /// What the cluster last said of topics of the subscription that cannot be read.
  std::map<std::string, rd_kafka_resp_err_t> topic_errors_;
  std::optional<Fault> fatal_error_;  // To be told to every read.
  int64_t prefetched_bytes_ = 0;

  std::deque<std::unique_ptr<Read>> reads_;  // The first has its turn.
  bool end_early_ = false;                   // The first read must take no further record.
  bool has_taken_ = false;                   // A read took a record in this run.
  bool has_read_ended_ = false;              // A read ended in this run.
  bool is_parked_ = false;                   // The partitions in assignment_ are paused.
  std::optional<TimePoint> unread_since_;    // None while there is nothing to read.

  std::vector<ReplyTo> close_replies_;
  TimePoint close_deadline_{};

  std::atomic<bool> is_seeking_{false};  // A blocking thread uses the client, and Run() does not.

  bool has_given_up_ = false;
  std::atomic<GivingUp> giving_up_{GivingUp::kNo};

  std::atomic<int> open_reads_{0};         // For ReasonToExpire().
  std::atomic<bool> is_forgotten_{false};  // The same.
  std::atomic<bool> is_open_{false};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_H_
