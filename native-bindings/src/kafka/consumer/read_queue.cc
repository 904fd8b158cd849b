#include "kafka/consumer/read_queue.h"

#include <algorithm>
#include <utility>

#include "kafka/engine.h"

namespace sluice {

void ReadQueue::Push(std::unique_ptr<Read> read) {
  reads_.push_back(std::move(read));
  open_.fetch_add(1, std::memory_order_relaxed);
  Engine::Get().counters().open_reads.fetch_add(1, std::memory_order_relaxed);
}

std::unique_ptr<Read> ReadQueue::Remove(Reads::iterator read) {
  std::unique_ptr<Read> removed = std::move(*read);
  reads_.erase(read);
  has_ended_ = true;
  ended_at_ = Clock::now();
  Touch();
  open_.fetch_sub(1, std::memory_order_relaxed);
  Engine::Get().counters().open_reads.fetch_sub(1, std::memory_order_relaxed);
  if (!removed->is_empty()) Engine::Get().read_work().Observe(removed->work());
  return removed;
}

ReadQueue::Reads::iterator ReadQueue::Locate(const Outbox* outbox, uint32_t ticket) {
  return std::find_if(reads_.begin(), reads_.end(), [&](const auto& read) {
    return read->reply_to().ticket == ticket && read->reply_to().outbox.get() == outbox;
  });
}

Read* ReadQueue::Find(const Outbox* outbox, uint32_t ticket) {
  const auto found = Locate(outbox, ticket);
  return found == reads_.end() ? nullptr : found->get();
}

std::unique_ptr<Read> ReadQueue::Take(const Outbox* outbox, uint32_t ticket) {
  const auto found = Locate(outbox, ticket);
  return found == reads_.end() ? nullptr : Remove(found);
}

std::unique_ptr<Read> ReadQueue::TakeOneOf(const Outbox* outbox) {
  const auto found = std::find_if(reads_.begin(), reads_.end(), [outbox](const auto& read) {
    return read->reply_to().outbox.get() == outbox;
  });
  return found == reads_.end() ? nullptr : Remove(found);
}

std::unique_ptr<Read> ReadQueue::TakeWaiting() {
  const auto found =
      std::find_if(reads_.begin(), reads_.end(), [](const auto& read) { return read->is_empty(); });
  return found == reads_.end() ? nullptr : Remove(found);
}

void ReadQueue::Hasten(TimePoint now) {
  for (const auto& read : reads_) read->Hasten(now);
}

void ReadQueue::EndOverdue(TimePoint now) {
  for (size_t i = reads_.size(); i-- > 1;) {
    if (reads_[i]->deadline() > now || !reads_[i]->Finish()) continue;
    Remove(reads_.begin() + static_cast<ptrdiff_t>(i));
  }
}

TimePoint ReadQueue::NextDeadline(TimePoint now) const {
  TimePoint next = TimePoint::max();
  for (const auto& read : reads_) {
    if (!read->is_finished() && read->deadline() > now) next = std::min(next, read->deadline());
  }
  return next;
}

void ReadQueue::EndEarly() {
  if (is_being_written()) reads_.front()->EndEarly();
}

const Read::Range* ReadQueue::RangeOf(const TopicPartition& partition) const {
  if (is_empty()) return nullptr;
  for (const auto& range : reads_.front()->ranges()) {
    if (range.partition == partition) return &range;
  }
  return nullptr;
}

void ReadQueue::Forget(const TopicPartition& partition) {
  if (!is_empty()) reads_.front()->Forget(partition);
}

void ReadQueue::Revoke(const TopicPartition& partition) {
  if (!is_empty()) reads_.front()->Revoke(partition);
}

}  // namespace sluice
