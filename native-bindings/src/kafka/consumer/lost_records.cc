#include "kafka/consumer/lost_records.h"

#include <algorithm>

namespace sluice {

void LostRecords::Add(const TopicPartition& partition, int64_t next) {
  int64_t& known = next_[partition];
  known = std::max(known, next);
  unreported_.insert(partition);
}

void LostRecords::OnDelivered(const TopicPartition& partition, int64_t offset) {
  const auto found = next_.find(partition);
  if (found == next_.end() || offset < found->second) return;
  next_.erase(found);
  unreported_.erase(partition);
}

std::optional<TopicPartition> LostRecords::Unreported() const {
  if (unreported_.empty()) return std::nullopt;
  return *unreported_.begin();
}

void LostRecords::OnRead() {
  if (report_ == Report::kPending) return;
  report_ = Report::kPending;
  unreported_.clear();
}

}  // namespace sluice
