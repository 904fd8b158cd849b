// The rates of records and bytes that streams and batches of the v3 API may have.
#ifndef SLUICE_KAFKA_RECORD_RATES_H_
#define SLUICE_KAFKA_RECORD_RATES_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kafka/scheduler.h"

namespace sluice {

/// `api.v3.produce.rate.limit.…`: each per second, and at least 1.
struct RecordRateLimits {
  int64_t records = 1;  ///< Of all clusters together.
  int64_t bytes = 1;
  int64_t cluster_records = 1;  ///< Of each cluster that paths name.
  int64_t cluster_bytes = 1;
  /// A second's permits are spread over it, and kept for a second; else each second begins with all
  /// of them.
  bool is_smooth = true;
  /// The longest time that a record waits for its permits.
  std::chrono::milliseconds patience{0};
  /// A cluster without records for this time begins anew.
  std::chrono::milliseconds expiry{3'600'000};
};

/// Those of the process. Safe from any thread.
class RecordRates {
 public:
  /// Sets the limits. The first ones stay: every environment of a process brings the same.
  void Set(const RecordRateLimits& limits);

  bool is_on() const { return is_on_.load(std::memory_order_acquire); }

  /// Takes the permits of records with texts of `sizes` bytes, in their order, at `now`: of all
  /// records, of all bytes, of the cluster's records, of its bytes. The first that is not there
  /// refuses the record; those before it stay taken. Sets `is_given` for each, and returns the time
  /// until all permits are there.
  std::chrono::nanoseconds Take(const std::string& cluster, const std::vector<uint32_t>& sizes,
                                TimePoint now, std::vector<bool>* is_given);

  /// Clusters beyond this number share their permits.
  static constexpr size_t kMaxClusters = 10'000;

 private:
  /// The permits of one rate. Without a first use it has those of the beginning.
  struct Bucket {
    bool is_used = false;
    int64_t moment = 0;  // Smooth: when all that was taken is paid for. Else: the second.
    int64_t left = 0;    // Of the second; below 0 when later ones owe.
  };

  struct Cluster {
    Bucket records;
    Bucket bytes;
    TimePoint used{};
  };

  Cluster& Find(const std::string& name, TimePoint now);
  std::optional<int64_t> TakeFrom(Bucket* bucket, int64_t per_second, int64_t permits,
                                  int64_t now) const;

  std::atomic<bool> is_on_{false};
  RecordRateLimits limits_;  // Constant when is_on_.

  std::mutex mutex_;  // Guards the following.
  Bucket records_;
  Bucket bytes_;
  std::unordered_map<std::string, Cluster> clusters_;
  Cluster others_;
  TimePoint next_sweep_{};
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_RECORD_RATES_H_
