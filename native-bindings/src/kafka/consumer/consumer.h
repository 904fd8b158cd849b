// One consumer instance: its group membership, its positions, its reads.
#ifndef SLUICE_KAFKA_CONSUMER_CONSUMER_H_
#define SLUICE_KAFKA_CONSUMER_CONSUMER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kafka/chunk_pool.h"
#include "kafka/client.h"
#include "kafka/conf.h"
#include "kafka/consumer/assignment.h"
#include "kafka/consumer/commits.h"
#include "kafka/consumer/consumer_client.h"
#include "kafka/consumer/consumer_faults.h"
#include "kafka/consumer/fetching.h"
#include "kafka/consumer/lag.h"
#include "kafka/consumer/lag_report.h"
#include "kafka/consumer/membership.h"
#include "kafka/consumer/positions.h"
#include "kafka/consumer/read.h"
#include "kafka/consumer/read_queue.h"
#include "kafka/consumer/reads.h"
#include "kafka/consumer/seeks.h"
#include "kafka/consumer/topic_check.h"
#include "kafka/outbox.h"
#include "kafka/sasl_token.h"
#include "kafka/scheduler.h"
#include "kafka/topic_partition.h"

namespace sluice {

class Admin;

struct ConsumerSettings {
  std::string group;
  std::string name;
  /// The principal that made the instance, and the only one for which it exists; empty for clients
  /// without authentication.
  std::string principal;
  Format format = Format::kBinary;
  Properties properties;
  int32_t idle_timeout_ms = 300'000;
  /// The limits of reads without their own.
  int32_t request_timeout_ms = 1000;
  int64_t fetch_min_bytes = -1;
  /// Delivers a record that is larger than a read may return, alone, instead of refusing it.
  bool return_oversized = false;
  /// A revocation waits for a commit of the delivered records until this time after the last
  /// request of the client. Only without automatic commits; 0: not at all.
  int32_t commit_wait_ms = 15'000;
  /// An instance expires when its group's coordinator has not answered a request for this time.
  /// Below the hour after which librdkafka would give up the request.
  int32_t coordinator_timeout_ms = 3'000'000;
  /// With the same credentials: lists the topics for the pattern of a subscription. May be null.
  std::shared_ptr<Admin> admin;
};

/// A subscription to the topics that a pattern matches, now and later. The engine does not know the
/// syntax of patterns: the coordinator of the process matches them again from time to time.
struct PatternSubscription {
  uint32_t version = 0;
  std::string pattern;
};

/// An actor: commands from any thread go to its inbox, and everything else happens in Run(), on a
/// consumer thread, one at a time. So its state needs no lock, and a waiting read holds no thread.
///
/// It consists of states, which know no librdkafka (Membership, Positions, ReadQueue and
/// ConsumerFaults), and of parts that call librdkafka, each for one purpose, and use the states
/// and the parts that are declared before them.
///
/// Each command answers its ReplyTo exactly once. Reads answer with chunks, the last of them
/// marked, and with an empty reply after EndRead(); or with the reply `[]`; or with a
/// fault. They take turns in the order of their arrival.
///
/// Positions: a record counts as delivered when EndRead() says that the loop wrote the whole
/// response. Only then is its offset stored, to be committed. A read that ends otherwise puts the
/// position back to its first record.
///
/// An instance whose token has ended (SaslToken) does nothing until its caller brings another one,
/// and expires if none comes.
class Consumer final : public Actor, public ChunkWaiter {
 public:
  Consumer(Scheduler& scheduler, uint32_t id, ConsumerSettings settings);
  ~Consumer() override;

  /// The name of the instance for JavaScript; no other instance ever has it.
  uint32_t id() const { return id_; }
  const ConsumerSettings& settings() const { return settings_; }

  // The following are safe from any thread.

  /// Makes the client. Blocks for some milliseconds: called once, on a blocking thread, before
  /// anything else. Returns the REST error when there is none.
  std::optional<ClientFault> Open();
  /// After a failed Open(): commands that came meanwhile are answered as by a closed instance.
  void Discard();

  /// Replaces the subscription. An empty list ends it.
  void Subscribe(std::vector<std::string> topics, ReplyTo reply_to);
  /// The version of a subscription by a pattern that the caller is about to make. Changes of the
  /// subscription by later calls have later versions.
  uint32_t ReserveSubscription() { return ++last_version_; }
  /// Replaces the subscription by `topics`, the matches of `pattern` so far. Has no effect, and
  /// replies, when the subscription has a later version; the same version replaces the topics.
  void SubscribePattern(uint32_t version, std::string pattern, std::vector<std::string> topics,
                        ReplyTo reply_to);
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
  /// partitions of some of these records were revoked before a commit.
  void CommitDelivered(ReplyTo reply_to);
  /// Commits these offsets, as they are. Fails when another member may read their partitions, or
  /// when records before them were revoked and are delivered again.
  void Commit(std::vector<PartitionOffset> offsets, ReplyTo reply_to);
  /// Replies with a JSON array of [topic, partition, offset, metadata] of the partitions with a
  /// committed offset.
  void GetCommitted(std::vector<TopicPartition> partitions, ReplyTo reply_to);

  void StartRead(const ReadLimits& limits, ReplyTo reply_to);
  /// Ends the waits of all reads for records: they end with the records that there are.
  void HastenReads(ReplyTo reply_to);
  /// The loop has written a chunk of the read with this address.
  void OnChunkWritten(std::shared_ptr<Outbox> outbox, uint32_t ticket);
  /// The read with this address is over for the loop: its response was written to the end
  /// (`delivered`), or its client is gone.
  void EndRead(std::shared_ptr<Outbox> outbox, uint32_t ticket, bool delivered);
  /// The response of the read with this address was ended before the end of the read: `next` are
  /// the offsets after its last record of each partition. The next read continues there.
  void EndReadAt(std::shared_ptr<Outbox> outbox, uint32_t ticket,
                 std::vector<PartitionOffset> next);
  /// Ends all reads of an environment that is gone.
  void AbandonReads(const Outbox* outbox);

  /// Leaves the group, commits the delivered records if auto-commit is on, and destroys the client;
  /// `reply_to` may be empty. A second call waits for the first.
  void Close(std::optional<ReplyTo> reply_to);

  /// The subscription by a pattern, if it is the last one.
  std::optional<PatternSubscription> pattern() const;

  /// Counts as a use: postpones the idle deadline.
  void Touch() { queue_.Touch(); }
  /// The reason to close it: no client uses it, or its group cannot be reached. Else empty.
  std::string ReasonToExpire(TimePoint now) const;
  /// The lag of each partition at the last statistics event. Empty unless the engine measures it.
  LagReport::Lags lags() const { return positions_.lags().Read(); }
  /// Whether Open() succeeded.
  bool is_open() const { return is_open_.load(std::memory_order_acquire); }

 private:
  enum class Phase { kOpen, kClosing, kClosed };

  /// Runs `command` in the next run, in any phase.
  void Post(std::function<void()> command);
  /// Runs `command` in the next run, or answers `reply_to` with a fault if the instance closes, or
  /// has no valid token.
  void PostWhileOpen(ReplyTo reply_to, std::function<void(const ReplyTo&)> command);
  void RunInbox();

  void Run() override;
  void OnChunk() override { Wake(); }
  void FollowToken(TimePoint now);
  void ServeEvents();
  void OnErrorEvent(rd_kafka_event_t* event);
  TimePoint NextAlarm(TimePoint now) const;

  /// librdkafka has taken another subscription.
  void OnSubscribed(const ReplyTo& reply_to);
  void SetPattern(uint32_t version, std::optional<std::string> pattern);

  void StartClose();
  void TryFinishClose(TimePoint now);

  const uint32_t id_;
  const ConsumerSettings settings_;
  const std::shared_ptr<SaslToken> token_;  // Null without one.

  std::mutex inbox_mutex_;  // Guards the following.
  std::vector<std::function<void()>> inbox_;

  std::atomic<uint32_t> last_version_{
      0};  // The last that was given to a change of the subscription.

  mutable std::mutex pattern_mutex_;  // Guards the following.
  std::optional<PatternSubscription> pattern_;

  // The actor's own.
  uint64_t token_version_ = 0;       // Of the token that faults are about.
  TimePoint token_settles_until_{};  // Until then faults may be about the token before.
  uint32_t version_ = 0;             // The version of the subscription.
  Phase phase_ = Phase::kOpen;
  std::vector<ReplyTo> close_replies_;
  ConsumerFaults faults_{settings_.group};
  Membership membership_;
  Positions positions_;  // Of the partitions that are assigned.
  ReadQueue queue_;
  ConsumerClient client_{*this, [this](auto code, auto detail) {
                           return faults_.Explain(code, std::move(detail), {});
                         }};
  Fetching fetching_{client_, membership_, positions_, queue_, faults_};
  TopicCheck topics_{client_, membership_, positions_, fetching_, faults_};
  Lag lag_{client_, positions_, fetching_};
  Seeks seeks_{client_, membership_, positions_, fetching_};
  Commits commits_{client_,
                   membership_,
                   positions_,
                   fetching_,
                   faults_,
                   settings_.group,
                   std::chrono::milliseconds(settings_.coordinator_timeout_ms)};
  Assignment assignment_{
      client_,   membership_, positions_,
      fetching_, commits_,    queue_,
      topics_,   faults_,     std::chrono::milliseconds(settings_.commit_wait_ms)};
  Reads reads_{client_, membership_, positions_, fetching_, assignment_, topics_, queue_, faults_};

  // For other threads.
  std::atomic<bool> is_open_{false};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_CONSUMER_H_
