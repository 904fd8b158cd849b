#include "kafka/record_rates.h"

#include <algorithm>

namespace sluice {
namespace {

constexpr int64_t kSecond = 1'000'000'000;  // In nanoseconds.

}  // namespace

void RecordRates::Set(const RecordRateLimits& limits) {
  std::lock_guard lock(mutex_);
  if (is_on()) return;
  limits_ = limits;
  is_on_.store(true, std::memory_order_release);
}

std::chrono::nanoseconds RecordRates::Take(const std::string& name,
                                           const std::vector<uint32_t>& sizes, TimePoint now,
                                           std::vector<bool>* is_given) {
  const int64_t moment = now.time_since_epoch() / std::chrono::nanoseconds(1);
  int64_t longest = 0;
  is_given->clear();
  std::lock_guard lock(mutex_);
  Cluster& cluster = Find(name, now);
  for (const uint32_t size : sizes) {
    const auto take = [&](Bucket* bucket, int64_t per_second, int64_t permits) {
      const auto wait = TakeFrom(bucket, per_second, permits, moment);
      longest = std::max(longest, wait.value_or(0));
      return wait.has_value();
    };
    is_given->push_back(take(&records_, limits_.records, 1) && take(&bytes_, limits_.bytes, size) &&
                        take(&cluster.records, limits_.cluster_records, 1) &&
                        take(&cluster.bytes, limits_.cluster_bytes, size));
  }
  return std::chrono::nanoseconds(longest);
}

/// Called with the lock.
RecordRates::Cluster& RecordRates::Find(const std::string& name, TimePoint now) {
  if (now >= next_sweep_) {
    std::erase_if(clusters_,
                  [&](const auto& each) { return now - each.second.used > limits_.expiry; });
    next_sweep_ = now + std::chrono::seconds(1);
  }
  const auto found = clusters_.find(name);
  Cluster& cluster = found != clusters_.end()          ? found->second
                     : clusters_.size() < kMaxClusters ? clusters_[name]
                                                       : others_;
  cluster.used = now;
  return cluster;
}

/// The time in nanoseconds until the permits are there. Nothing, and nothing was taken, if that is
/// too long.
std::optional<int64_t> RecordRates::TakeFrom(Bucket* bucket, int64_t per_second, int64_t permits,
                                             int64_t now) const {
  const int64_t patience = std::chrono::nanoseconds(limits_.patience).count();
  if (limits_.is_smooth) {
    const int64_t paid = bucket->is_used ? std::max(bucket->moment, now - kSecond) : now;
    const int64_t wait = std::max<int64_t>(paid - now, 0);
    if (wait > patience) return std::nullopt;
    const auto cost = static_cast<double>(permits) / static_cast<double>(per_second);
    bucket->moment = paid + static_cast<int64_t>(cost * static_cast<double>(kSecond));
    bucket->is_used = true;
    return wait;
  }
  const int64_t second = now / kSecond;
  int64_t left = per_second;
  if (bucket->is_used) {
    // What earlier seconds had left is lost. More of them than pay any debt make no difference.
    const int64_t passed = std::min<int64_t>(second - bucket->moment, 1 << 20);
    left = std::min(per_second, bucket->left + passed * per_second);
  }
  left -= permits;
  const int64_t seconds = left < 0 ? (-left + per_second - 1) / per_second : 0;
  const int64_t wait = seconds == 0 ? 0 : seconds * kSecond - now % kSecond;
  if (wait > patience) return std::nullopt;
  *bucket = {true, second, left};
  return wait;
}

}  // namespace sluice
