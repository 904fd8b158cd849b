// The reads of a consumer instance: whose turn it is, what they take, what becomes of it.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "kafka/consumer.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {

void Consumer::StartRead(const ReadLimits& limits, ReplyTo reply_to) {
  Post([this, limits, reply_to = std::move(reply_to)] {
    if (phase_ != Phase::kOpen) {
      reply_to.Fault(kInstanceNotFound, {});
      return;
    }
    if (mode_ == Mode::kNone) {
      reply_to.Fault(kIllegalState,
                     "Illegal state: The consumer instance has neither a subscription nor an "
                     "assignment.");
      return;
    }
    // The client has been told, and goes on.
    if (std::exchange(is_loss_reported_, false)) unreported_.clear();
    auto self = std::static_pointer_cast<Consumer>(shared_from_this());
    reads_.push_back(std::make_unique<Read>(reply_to, limits, settings_.format,
                                            settings_.return_oversized, std::move(self)));
    open_reads_.fetch_add(1, std::memory_order_relaxed);
    Engine::Get().counters().open_reads.fetch_add(1, std::memory_order_relaxed);
  });
}

void Consumer::OnChunkWritten(std::shared_ptr<Outbox> outbox, uint32_t ticket) {
  Post([this, outbox = std::move(outbox), ticket] {
    const auto found = FindRead(outbox.get(), ticket);
    if (found != reads_.end()) (*found)->OnWritten();
  });
}

void Consumer::EndRead(std::shared_ptr<Outbox> outbox, uint32_t ticket, bool delivered) {
  Post([this, outbox = std::move(outbox), ticket, delivered] {
    const std::unique_ptr<Read> read = TakeRead(outbox.get(), ticket);
    if (!read) return;
    if (delivered && read->is_finished()) {
      Deliver(*read);
    } else {
      TakeBack(*read);
    }
    read->reply_to().Reply({});  // The last message of its ticket.
  });
}

void Consumer::EndReadAt(std::shared_ptr<Outbox> outbox, uint32_t ticket,
                         std::vector<PartitionOffset> next) {
  Post([this, outbox = std::move(outbox), ticket, next = std::move(next)] {
    const std::unique_ptr<Read> read = TakeRead(outbox.get(), ticket);
    if (!read) return;
    DeliverUpTo(*read, next);
    read->reply_to().Reply({});  // The last message of its ticket.
  });
}

void Consumer::AbandonReads(const Outbox* outbox) {
  Post([this, outbox] {
    for (size_t i = reads_.size(); i-- > 0;) {
      if (reads_[i]->reply_to().outbox.get() != outbox) continue;
      const std::unique_ptr<Read> read = std::move(reads_[i]);
      RemoveRead(reads_.begin() + static_cast<ptrdiff_t>(i));
      TakeBack(*read);
    }
  });
}

void Consumer::PumpReads(TimePoint now) {
  // Those that wait for their turn wait no longer than they asked for.
  for (size_t i = reads_.size(); i-- > 1;) {
    if (reads_[i]->deadline() > now || !reads_[i]->Finish()) continue;
    RemoveRead(reads_.begin() + static_cast<ptrdiff_t>(i));
  }
  while (!reads_.empty()) {
    Read& read = *reads_.front();
    if (read.is_finished() || !Serve(read)) return;
    if (!read.is_empty()) return;  // EndRead() will say what became of it.
    RemoveRead(reads_.begin());
  }
}

/// Returns whether the read is over.
bool Consumer::Serve(Read& read) {
  if (read.is_in_record() && !read.ContinueRecord()) return false;
  if (end_early_) return read.Finish();
  if (revocation_) return false;  // Records of partitions that are about to go.
  if (is_joining_ && HasUnsubscribed()) return ServeNothing(read);
  if (read.is_empty()) fetched_->Refill();
  return ServeRecords(read);
}

bool Consumer::ServeRecords(Read& read) {
  // A long backlog must not keep the thread from other instances.
  constexpr int kBatchesPerRun = 8;
  for (int batches = 0;;) {
    if (fetched_->is_batch_used_up()) {
      const TimePoint now = Clock::now();
      if (read.has_enough() || (now >= read.deadline() && !read.is_empty())) return read.Finish();
      if (++batches > kBatchesPerRun) {
        Wake();
        return false;
      }
    }
    if (!fetched_->Peek()) {
      read.Flush();
      return ServeNothing(read);
    }
    MessageRef message = fetched_->Pop();
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      TopicPartition partition{message->rkt ? rd_kafka_topic_name(message->rkt) : "",
                               message->partition};
      OnError(message->err, rd_kafka_message_errstr(message.get()), &partition);
      if (IsRefusedFetch(message.get())) FetchAgain(partition, message->offset);
      continue;
    }
    if (has_seeks_ && IsSought(message.get())) continue;  // It was fetched before.
    if (has_errors_) ForgetError(message.get());
    switch (read.Offer(message)) {
      case Read::Outcome::kTaken:
        has_taken_ = true;
        if (read.is_in_record()) return false;
        break;
      case Read::Outcome::kNoChunk:
        fetched_->Unpop(std::move(message));
        // For memory it waits no longer than for records.
        if (!read.is_empty() || Clock::now() < read.deadline()) return false;
        return RefuseRead(read, kTooManyRequests,
                          "sluice.consume.buffered.max.bytes=" +
                              std::to_string(Engine::Get().chunks().max_bytes()) +
                              " bytes of responses are waiting for their clients. Nothing was "
                              "read; try again later.");
      case Read::Outcome::kFull:
        fetched_->Unpop(std::move(message));
        return read.Finish();
      case Read::Outcome::kOversized:
        fetched_->Unpop(std::move(message));
        return RefuseRead(read, kOversizedRecord, read.fault());
      case Read::Outcome::kUndecodable:
        fetched_->Unpop(std::move(message));
        if (!read.is_empty()) return read.Finish();
        return RefuseRead(read, kUndecodableRecord, read.fault());
    }
  }
}

/// There is no record to take: the read waits until its deadline.
bool Consumer::ServeNothing(Read& read) {
  const TimePoint now = Clock::now();
  if (read.is_empty() && FailIfBroken(read, now)) return true;
  return now >= read.deadline() && read.Finish();
}

bool Consumer::FailIfBroken(const Read& read, TimePoint now) {
  std::optional<Fault> fault = std::exchange(error_, std::nullopt);
  if (now >= error_until_) fault.reset();
  if (fatal_error_) fault = fatal_error_;
  if (!fault && now >= read.deadline()) {
    fault = StandingFault(now);
    if (fault && now >= next_check_) CheckFaultyTopics();  // Perhaps it is better by the next read.
  }
  if (!fault) return false;
  read.reply_to().KafkaError(fault->code, fault->detail);
  return true;
}

/// What keeps an instance from reading, while another partition or broker may still come through.
std::optional<Consumer::Fault> Consumer::StandingFault(TimePoint now) const {
  for (const auto& [partition, state] : assignment_) {
    const bool has_error = state.error != RD_KAFKA_RESP_ERR_NO_ERROR && now < state.error_until;
    const auto error = has_error ? state.error : state.absence;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::string text = std::string(rd_kafka_err2str(error)) + " (" + Describe(partition) + ")";
    return Fault{error, TextOf(error, std::move(text), partition.topic)};
  }
  if (!topic_errors_.empty()) {
    const auto& [topic, error] = *topic_errors_.begin();
    std::string text = std::string(rd_kafka_err2str(error)) + " (" + topic + ")";
    return Fault{error, TextOf(error, std::move(text), topic)};
  }
  if (NeedsGroup()) return Fault{group_error_, TextOf(group_error_, {}, {})};
  if (now >= brokers_down_until_) return std::nullopt;
  if (const auto refused = refused_.code(now)) return Fault{refused, rd_kafka_err2str(refused)};
  return Fault{RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
               "No broker could be reached while the read was waiting."};
}

/// Answers a read that has no records with a fault. Always true: the read is over.
bool Consumer::RefuseRead(const Read& read, int32_t error_code, std::string message) {
  read.reply_to().Fault(error_code, std::move(message));
  return true;
}

void Consumer::EndEarly() {
  if (!reads_.empty() && !reads_.front()->is_empty()) end_early_ = true;
}

void Consumer::Deliver(const Read& read) {
  const TplRef tpl = NewTpl(read.ranges().size());
  for (const auto& range : read.ranges()) {
    const auto found = assignment_.find(range.partition);
    if (found == assignment_.end()) continue;
    SetDelivered(range.partition, range.next);
    found->second.is_uncommitted = true;
    Add(tpl, range.partition)->offset = range.next;
  }
  for (const auto& range : read.revoked()) Lose(range.partition, range.next);
  if (tpl->cnt > 0) rd_kafka_offsets_store(rk_, tpl.get());
}

/// Partitions that are not in `next` have no record in the response.
void Consumer::DeliverUpTo(const Read& read, const std::vector<PartitionOffset>& next) {
  const auto end_of = [&next](const Read::Range& range) {
    const auto is_of = [&](const auto& each) { return each.partition == range.partition; };
    const auto given = std::find_if(next.begin(), next.end(), is_of);
    return given == next.end() ? range.first : std::clamp(given->offset, range.first, range.next);
  };
  const TplRef tpl = NewTpl(read.ranges().size());
  for (const auto& range : read.ranges()) {
    const auto found = assignment_.find(range.partition);
    if (found == assignment_.end()) continue;
    const int64_t end = end_of(range);
    if (end > range.first) {
      SetDelivered(range.partition, end);
      found->second.is_uncommitted = true;
      Add(tpl, range.partition)->offset = end;
    }
    if (end < range.next) SeekBack(range.partition, end);
  }
  for (const auto& range : read.revoked()) {
    if (end_of(range) > range.first) Lose(range.partition, end_of(range));
  }
  if (tpl->cnt > 0) rd_kafka_offsets_store(rk_, tpl.get());
}

void Consumer::TakeBack(const Read& read) {
  if (read.is_empty()) return;
  Engine::Get().counters().returned_reads.fetch_add(1, std::memory_order_relaxed);
  for (const auto& range : read.ranges()) {
    if (assignment_.contains(range.partition)) SeekBack(range.partition, range.first);
  }
}

/// What was delivered stays delivered, and what was committed does not come again: only the
/// position goes back.
void Consumer::SeekBack(const TopicPartition& partition, int64_t offset) {
  Partition& state = assignment_[partition];
  const Partition before = state;
  SetSeek(partition, std::max(offset, before.committed));
  state.delivered = before.delivered;
  state.is_uncommitted = before.is_uncommitted;
  state.committed = before.committed;
}

void Consumer::ForgetInReads(const TopicPartition& partition) {
  if (!reads_.empty()) reads_.front()->Forget(partition);
}

std::deque<std::unique_ptr<Read>>::iterator Consumer::FindRead(const Outbox* outbox,
                                                               uint32_t ticket) {
  return std::find_if(reads_.begin(), reads_.end(), [&](const auto& read) {
    return read->reply_to().ticket == ticket && read->reply_to().outbox.get() == outbox;
  });
}

/// The read with this address, which is over; null when it was already.
std::unique_ptr<Read> Consumer::TakeRead(const Outbox* outbox, uint32_t ticket) {
  const auto found = FindRead(outbox, ticket);
  if (found == reads_.end()) return nullptr;
  std::unique_ptr<Read> read = std::move(*found);
  RemoveRead(found);
  return read;
}

void Consumer::RemoveRead(std::deque<std::unique_ptr<Read>>::iterator read) {
  if (read == reads_.begin()) end_early_ = false;
  has_read_ended_ = true;
  reads_.erase(read);
  open_reads_.fetch_sub(1, std::memory_order_relaxed);
  Engine::Get().counters().open_reads.fetch_sub(1, std::memory_order_relaxed);
  Touch();
}

void Consumer::FailReads() {
  while (!reads_.empty()) {
    Read& read = *reads_.front();
    // A response that has begun ends where it is; what it has is delivered, but not committed.
    const bool is_whole =
        !read.is_empty() && !read.is_in_record() && (read.is_finished() || read.Finish());
    if (is_whole) {
      read.reply_to().Reply({});
    } else {
      RefuseRead(read, kInstanceNotFound, {});
    }
    RemoveRead(reads_.begin());
  }
}

void Consumer::ParkUnread(TimePoint now) {
  const bool has_taken = std::exchange(has_taken_, false);
  // Not before: what is fetched now comes on top of what was taken then.
  if (fetched_->is_batch_used_up()) Unpark();
  if (fetched_->is_empty()) {
    unread_since_.reset();
  } else if (has_taken || !unread_since_) {
    unread_since_ = now;
  }
  if (unread_since_ && !is_parked_ && now - *unread_since_ >= kParkAfter) Park();
  // What librdkafka still had when it paused is outdated; taking is what makes it go away.
  if (is_parked_) fetched_->Take(1);
}

/// Ends the fetching for records that nobody takes. As long as a queue is full, librdkafka looks
/// every millisecond whether there is room again, which for one instance is most of a percent of a
/// core: hundreds of them would leave nothing to those that are read.
void Consumer::Park() {
  // Pausing makes librdkafka drop what it still has, and go on after what was taken from it.
  fetched_->Take(kParkedRecords);
  if (fetched_->is_batch_used_up()) return;  // There were only words of librdkafka to itself.
  rd_kafka_pause_partitions(rk_, AssignedPartitions().get());
  is_parked_ = true;
}

/// To be called before any change of assignment_ or of positions, so that nothing stays paused.
void Consumer::Unpark() {
  if (!std::exchange(is_parked_, false)) return;
  rd_kafka_resume_partitions(rk_, AssignedPartitions().get());
}

TplRef Consumer::AssignedPartitions() const {
  TplRef tpl = NewTpl(assignment_.size());
  for (const auto& [partition, state] : assignment_) Add(tpl, partition);
  return tpl;
}

}  // namespace sluice
