// The reads of a consumer instance: their turns, the records that they take, and their delivery.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "kafka/consumer/consumer.h"
#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

TopicPartition PartitionOf(const rd_kafka_message_t* message) {
  return {rd_kafka_topic_name(message->rkt), message->partition};
}

}  // namespace

void Consumer::StartRead(const ReadLimits& limits, ReplyTo reply_to) {
  const TimePoint arrived = Clock::now();
  Post([this, limits, arrived, reply_to = std::move(reply_to)] {
    if (phase_ != Phase::kOpen) {
      reply_to.Fault(kInstanceNotFound, {});
      return;
    }
    if (membership_.mode() == Membership::Mode::kNone) {
      reply_to.Fault(kIllegalState,
                     "Illegal state: The consumer instance has neither a subscription nor an "
                     "assignment.");
      return;
    }
    positions_.lost().OnRead();
    auto self = std::static_pointer_cast<Consumer>(shared_from_this());
    reads_.Push(std::make_unique<Read>(reply_to, limits, arrived, settings_.format,
                                       settings_.return_oversized, std::move(self)));
  });
}

void Consumer::OnChunkWritten(std::shared_ptr<Outbox> outbox, uint32_t ticket) {
  Post([this, outbox = std::move(outbox), ticket] {
    if (Read* read = reads_.Find(outbox.get(), ticket)) read->OnWritten();
  });
}

void Consumer::EndRead(std::shared_ptr<Outbox> outbox, uint32_t ticket, bool delivered) {
  Post([this, outbox = std::move(outbox), ticket, delivered] {
    const std::unique_ptr<Read> read = reads_.Take(outbox.get(), ticket);
    if (!read) return;
    OnReadOver();
    if (delivered && read->is_finished()) {
      Deliver(*read);
    } else {
      ReturnRecords(*read);
    }
    read->reply_to().Reply({});  // The last message of its ticket.
  });
}

void Consumer::EndReadAt(std::shared_ptr<Outbox> outbox, uint32_t ticket,
                         std::vector<PartitionOffset> next) {
  Post([this, outbox = std::move(outbox), ticket, next = std::move(next)] {
    const std::unique_ptr<Read> read = reads_.Take(outbox.get(), ticket);
    if (!read) return;
    OnReadOver();
    DeliverUpTo(*read, next);
    read->reply_to().Reply({});  // The last message of its ticket.
  });
}

void Consumer::AbandonReads(const Outbox* outbox) {
  Post([this, outbox] {
    while (const std::unique_ptr<Read> read = reads_.TakeOneOf(outbox)) {
      OnReadOver();
      ReturnRecords(*read);
    }
  });
}

void Consumer::ServeReads(TimePoint now) {
  if (reads_.EndOverdue(now)) OnReadOver();
  while (!reads_.is_empty()) {
    Read& read = reads_.front();
    if (read.is_finished() || !ServeRead(read)) return;
    if (!read.is_empty()) return;  // EndRead() will say whether it was delivered.
    reads_.Pop();
    OnReadOver();
  }
}

/// Returns whether the read is over.
bool Consumer::ServeRead(Read& read) {
  const TimePoint begun = Clock::now();
  const bool is_over = TakeRecords(read);
  read.OnServed(Clock::now() - begun);
  return is_over;
}

bool Consumer::TakeRecords(Read& read) {
  if (read.is_in_record() && !read.ContinueRecord()) return false;
  if (read.is_ending()) return read.Finish();
  if (revocation_) return false;  // Records of partitions that are about to go.
  if (membership_.is_joining() && HasUnsubscribed()) return ServeNothing(read);
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
    if (positions_.seeks().is_pending() && positions_.IsSought(PartitionOf(message.get()))) {
      continue;  // It was fetched before the seek.
    }
    if (positions_.has_errors()) positions_.OnRecord(PartitionOf(message.get()), Clock::now());
    if (read.is_empty()) {
      const TimePoint records_came_at = records_came_at_.load(std::memory_order_relaxed);
      read.OnFirstRecord(std::max(read_ended_at_, records_came_at));
    }
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
  std::optional<Fault> fault = faults_.TakeNext(now);
  if (!fault && now >= read.deadline()) {
    fault = StandingFault(now);
    if (fault && now >= next_check_) CheckFaultyTopics();  // Perhaps it is better by the next read.
  }
  if (!fault) return false;
  read.reply_to().KafkaError(fault->code, fault->detail);
  return true;
}

/// The fault that keeps the instance from reading. A read is told at its deadline, because another
/// partition or broker may come through before.
std::optional<Consumer::Fault> Consumer::StandingFault(TimePoint now) const {
  if (const auto fault = positions_.FindFault(now)) {
    const TopicPartition& partition = *fault->partition;
    std::string text =
        std::string(rd_kafka_err2str(fault->error)) + " (" + Describe(partition) + ")";
    return Fault{fault->error, faults_.Explain(fault->error, std::move(text), partition.topic)};
  }
  return faults_.Standing(now, NeedsGroup());
}

/// Answers a read that has no records with a fault. Always true: the read is over.
bool Consumer::RefuseRead(const Read& read, int32_t error_code, std::string message) {
  read.reply_to().Fault(error_code, std::move(message));
  return true;
}

void Consumer::OnReadOver() {
  has_read_ended_ = true;
  read_ended_at_ = Clock::now();
  Touch();
}

void Consumer::Deliver(const Read& read) {
  const TplRef tpl = NewTpl(read.ranges().size());
  for (const auto& range : read.ranges()) {
    if (!positions_.Has(range.partition)) continue;
    positions_.Deliver(range.partition, range.next);
    Add(tpl, range.partition)->offset = range.next;
  }
  for (const auto& range : read.revoked()) positions_.lost().Add(range.partition, range.next);
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
    if (!positions_.Has(range.partition)) continue;
    const int64_t end = end_of(range);
    if (end > range.first) {
      positions_.Deliver(range.partition, end);
      Add(tpl, range.partition)->offset = end;
    }
    if (end < range.next) SeekBack(range.partition, end);
  }
  for (const auto& range : read.revoked()) {
    if (end_of(range) > range.first) positions_.lost().Add(range.partition, end_of(range));
  }
  if (tpl->cnt > 0) rd_kafka_offsets_store(rk_, tpl.get());
}

/// The next read begins with the records of this one.
void Consumer::ReturnRecords(const Read& read) {
  if (read.is_empty()) return;
  Engine::Get().counters().returned_reads.fetch_add(1, std::memory_order_relaxed);
  for (const auto& range : read.ranges()) {
    if (positions_.Has(range.partition)) SeekBack(range.partition, range.first);
  }
}

void Consumer::FailReads() {
  while (!reads_.is_empty()) {
    Read& read = reads_.front();
    // A response that has begun ends where it is; its records are delivered, but not committed.
    const bool is_whole =
        !read.is_empty() && !read.is_in_record() && (read.is_finished() || read.Finish());
    if (is_whole) {
      read.reply_to().Reply({});
    } else {
      RefuseRead(read, kInstanceNotFound, {});
    }
    reads_.Pop();
    OnReadOver();
  }
}

/// Ends the fetching when no read has taken records for kPauseAfter.
void Consumer::PauseUnread(TimePoint now) {
  const bool has_taken = std::exchange(has_taken_, false);
  // Not while some are left of the last batch: records that are fetched now would add to them.
  if (fetched_->is_batch_used_up()) ResumeFetching();
  if (fetched_->is_empty()) {
    unread_ = Unread::kNone;
    return;
  }
  if (has_taken || unread_ == Unread::kNone) unread_since_ = now;
  if (unread_ == Unread::kNone) unread_ = Unread::kWaiting;
  if (unread_ == Unread::kWaiting && now - unread_since_ >= kPauseAfter) PauseFetching();
  // The records that librdkafka still had when it paused are outdated; taking one removes them.
  if (unread_ == Unread::kPaused) fetched_->Take(1);
}

/// As long as a queue is full, librdkafka looks every millisecond for room, which for one instance
/// is most of a percent of a core: hundreds of unread instances would leave no time to the others.
void Consumer::PauseFetching() {
  // Pausing makes librdkafka drop its queue, and go on after the last record taken from it.
  fetched_->Take(kRecordsKept);
  if (fetched_->is_batch_used_up()) return;  // The queue held only librdkafka's control operations.
  rd_kafka_pause_partitions(rk_, positions_.List().get());
  unread_ = Unread::kPaused;
}

/// To be called before any change of the assignment or of positions, so that no partition stays
/// paused.
void Consumer::ResumeFetching() {
  if (unread_ != Unread::kPaused) return;
  unread_ = Unread::kWaiting;
  rd_kafka_resume_partitions(rk_, positions_.List().get());
}

}  // namespace sluice
