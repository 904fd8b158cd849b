#include "kafka/consumer/reads.h"

#include <algorithm>
#include <utility>

#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

TopicPartition PartitionOf(const rd_kafka_message_t* message) {
  return {rd_kafka_topic_name(message->rkt), message->partition};
}

/// Answers a read that has no records with a fault. Always true: the read is over.
bool Refuse(const Read& read, int32_t error_code, std::string message) {
  read.reply_to().Fault(error_code, std::move(message));
  return true;
}

}  // namespace

void Reads::Start(std::unique_ptr<Read> read) {
  if (membership_.mode() == Membership::Mode::kNone) {
    Refuse(*read, kIllegalState,
           "Illegal state: The consumer instance has neither a subscription nor an assignment.");
    return;
  }
  positions_.lost().OnRead();
  queue_.Push(std::move(read));
}

void Reads::End(const Outbox* outbox, uint32_t ticket, bool delivered) {
  const std::unique_ptr<Read> read = queue_.Take(outbox, ticket);
  if (!read) return;
  if (delivered && read->is_finished()) {
    Deliver(*read, [](const Read::Range& range) { return range.next; });
  } else {
    ReturnRecords(*read);
  }
  read->reply_to().Reply({});  // The last message of its ticket.
}

void Reads::EndAt(const Outbox* outbox, uint32_t ticket, const std::vector<PartitionOffset>& next) {
  const std::unique_ptr<Read> read = queue_.Take(outbox, ticket);
  if (!read) return;
  DeliverUpTo(*read, next);
  read->reply_to().Reply({});  // The last message of its ticket.
}

void Reads::Abandon(const Outbox* outbox) {
  while (const std::unique_ptr<Read> read = queue_.TakeOneOf(outbox)) ReturnRecords(*read);
}

void Reads::Serve(TimePoint now) {
  queue_.EndOverdue(now);
  while (!queue_.is_empty()) {
    Read& read = queue_.front();
    if (read.is_finished() || !ServeRead(read)) return;
    if (!read.is_empty()) return;  // End() will say whether it was delivered.
    queue_.Pop();
  }
}

/// Returns whether the read is over.
bool Reads::ServeRead(Read& read) {
  const TimePoint begun = Clock::now();
  const bool is_over = TakeRecords(read);
  read.OnServed(Clock::now() - begun);
  return is_over;
}

bool Reads::TakeRecords(Read& read) {
  if (read.is_in_record() && !read.ContinueRecord()) return false;
  if (read.is_ending()) return read.Finish();
  if (assignment_.is_revoking()) return false;  // Records of partitions that are about to go.
  if (membership_.is_joining() && assignment_.HasUnsubscribed()) return ServeNothing(read);
  if (read.is_empty()) fetching_.records().Refill();
  return ServeRecords(read);
}

bool Reads::ServeRecords(Read& read) {
  // A long backlog must not keep the thread from other instances.
  constexpr int kBatchesPerRun = 8;
  FetchedRecords& fetched = fetching_.records();
  for (int batches = 0;;) {
    if (fetched.is_batch_used_up()) {
      const TimePoint now = Clock::now();
      if (read.has_enough() || (now >= read.deadline() && !read.is_empty())) return read.Finish();
      if (++batches > kBatchesPerRun) {
        client_.actor().Wake();
        return false;
      }
    }
    if (!fetched.Peek()) {
      read.Flush();
      return ServeNothing(read);
    }
    MessageRef message = fetched.Pop();
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      TopicPartition partition{message->rkt ? rd_kafka_topic_name(message->rkt) : "",
                               message->partition};
      OnError(message->err, rd_kafka_message_errstr(message.get()), &partition);
      if (IsRefusedFetch(message.get())) fetching_.OnRefused(partition, message->offset);
      continue;
    }
    if (positions_.seeks().is_pending() && positions_.IsSought(PartitionOf(message.get()))) {
      continue;  // It was fetched before the seek.
    }
    if (positions_.has_errors()) positions_.OnRecord(PartitionOf(message.get()), Clock::now());
    if (read.is_empty()) read.OnFirstRecord(std::max(queue_.ended_at(), fetched.arrived_at()));
    switch (read.Offer(message)) {
      case Read::Outcome::kTaken:
        fetched.OnTaken();
        if (read.is_in_record()) return false;
        break;
      case Read::Outcome::kNoChunk:
        fetched.Unpop(std::move(message));
        // For memory it waits no longer than for records.
        if (!read.is_empty() || Clock::now() < read.deadline()) return false;
        return Refuse(read, kTooManyRequests,
                      "sluice.consume.buffered.max.bytes=" +
                          std::to_string(Engine::Get().chunks().max_bytes()) +
                          " bytes of responses are waiting for their clients. Nothing was "
                          "read; try again later.");
      case Read::Outcome::kFull:
        fetched.Unpop(std::move(message));
        return read.Finish();
      case Read::Outcome::kOversized:
        fetched.Unpop(std::move(message));
        return Refuse(read, kOversizedRecord, read.fault());
      case Read::Outcome::kUndecodable:
        fetched.Unpop(std::move(message));
        if (!read.is_empty()) return read.Finish();
        return Refuse(read, kUndecodableRecord, read.fault());
    }
  }
}

/// There is no record to take: the read waits until its deadline.
bool Reads::ServeNothing(Read& read) {
  const TimePoint now = Clock::now();
  if (read.is_empty() && FailIfBroken(read, now)) return true;
  return now >= read.deadline() && read.Finish();
}

bool Reads::FailIfBroken(const Read& read, TimePoint now) {
  std::optional<Fault> fault = faults_.TakeNext(now);
  if (!fault && now >= read.deadline()) {
    fault = StandingFault(now);
    // The next read gets the answer.
    if (fault && topics_.IsDue(now)) topics_.CheckFaulty();
  }
  if (!fault) return false;
  read.reply_to().KafkaError(fault->code, fault->detail);
  return true;
}

/// The fault that keeps the instance from reading. A read is told at its deadline, because another
/// partition or broker may come through before.
std::optional<Reads::Fault> Reads::StandingFault(TimePoint now) const {
  if (const auto fault = positions_.FindFault(now)) {
    const TopicPartition& partition = *fault->partition;
    std::string text =
        std::string(rd_kafka_err2str(fault->error)) + " (" + Describe(partition) + ")";
    return Fault{fault->error, faults_.Explain(fault->error, std::move(text), partition.topic)};
  }
  return faults_.Standing(now, assignment_.NeedsGroup());
}

/// Partitions that are not in `next` have no record in the response.
void Reads::DeliverUpTo(const Read& read, const std::vector<PartitionOffset>& next) {
  Deliver(read, [&next](const Read::Range& range) {
    const auto is_of = [&](const auto& each) { return each.partition == range.partition; };
    const auto given = std::find_if(next.begin(), next.end(), is_of);
    return given == next.end() ? range.first : std::clamp(given->offset, range.first, range.next);
  });
}

/// The client has been given the records of each range before `end_of(range)`; the others come
/// again.
void Reads::Deliver(const Read& read, const std::function<int64_t(const Read::Range&)>& end_of) {
  const TplRef tpl = NewTpl(read.ranges().size());
  for (const auto& range : read.ranges()) {
    if (!positions_.Has(range.partition)) continue;
    const int64_t end = end_of(range);
    if (end > range.first) {
      positions_.Deliver(range.partition, end);
      Add(tpl, range.partition)->offset = end;
    }
    if (end < range.next) fetching_.SeekBack(range.partition, end, range.next);
  }
  for (const auto& range : read.revoked()) {
    const int64_t end = end_of(range);
    if (end > range.first) positions_.lost().Add(range.partition, end);
  }
  if (tpl->cnt > 0) rd_kafka_offsets_store(client_.handle(), tpl.get());
}

/// The next read begins with the records of this one.
void Reads::ReturnRecords(const Read& read) {
  if (read.is_empty()) return;
  Engine::Get().counters().returned_reads.fetch_add(1, std::memory_order_relaxed);
  for (const auto& range : read.ranges()) {
    if (!positions_.Has(range.partition)) continue;
    fetching_.SeekBack(range.partition, range.first, range.next);
  }
}

void Reads::FailAll() {
  while (!queue_.is_empty()) {
    Read& read = queue_.front();
    // A response that has begun ends where it is; its records are delivered, but not committed.
    const bool is_whole =
        !read.is_empty() && !read.is_in_record() && (read.is_finished() || read.Finish());
    if (is_whole) {
      read.reply_to().Reply({});
    } else {
      Refuse(read, kInstanceNotFound, {});
    }
    queue_.Pop();
  }
}

void Reads::EndWithToken() {
  constexpr auto kCode = RD_KAFKA_RESP_ERR__AUTHENTICATION;
  const std::string text = rd_kafka_err2str(kCode);
  client_.calls().FailAll(kCode, text);
  while (const auto read = queue_.TakeWaiting()) read->reply_to().KafkaError(kCode, text);
  queue_.EndEarly();
}

void Reads::OnError(rd_kafka_resp_err_t code, std::string detail, const TopicPartition* partition) {
  const TimePoint now = Clock::now();
  if (faults_.AreCredentialsRefused(code, detail, now)) OnCredentialsRefused();
  switch (code) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__NODE_UPDATE:
      return;  // librdkafka recovers by itself, and has logged it.
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      faults_.OnBrokersDown(now);
      return;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      TellWaitingRead({code, rd_kafka_err2str(code)});
      return;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      faults_.OnGroupRefused(code);
      TellWaitingRead({code, faults_.Explain(code, {}, {})});
      return;
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
      fetching_.OnCoordinatorMoved(now);
      return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      // A group may be subscribed to topics that do not exist yet.
      if (!membership_.has_manual_assignment()) return;
      break;
    default:
      break;
  }
  if (code == RD_KAFKA_RESP_ERR__FATAL || rd_kafka_fatal_error(client_.handle(), nullptr, 0)) {
    faults_.OnFatal({code, std::move(detail)});
    return;
  }
  PartitionState* state = partition ? positions_.Find(*partition) : nullptr;
  if (!state) {
    const std::string topic(partition ? partition->topic : TopicIn(detail));
    // librdkafka says so once, however long it stays so.
    if (!partition && !topic.empty()) faults_.OnTopic(topic, code);
    faults_.TellNextRead({code, faults_.Explain(code, detail, topic)});
    return;
  }
  state->is_stopped = true;
  if (state->seek_to) return;  // A new start is under way, perhaps out of the error.
  positions_.Fail(state, code);
}

/// No broker takes our credentials: no call and no read that waits will get an answer.
void Reads::OnCredentialsRefused() {
  const auto code = faults_.CredentialsError(Clock::now());
  const std::string text = rd_kafka_err2str(code);
  client_.calls().FailAll(code, text);
  TellWaitingRead({code, text});
}

/// For a fault that may be over by the next read.
void Reads::TellWaitingRead(Fault fault) {
  if (!queue_.is_empty()) faults_.TellNextRead(std::move(fault));
}

/// The topic of our subscription that an error without a partition is about: librdkafka names it in
/// its text only, `Subscribed topic not available: <topic>: <reason>`.
std::string_view Reads::TopicIn(std::string_view detail) const {
  for (const std::string& topic : membership_.topics()) {
    if (detail.find(": " + topic + ": ") != std::string_view::npos) return topic;
  }
  return {};
}

}  // namespace sluice
