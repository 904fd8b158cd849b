// Counts the records that were not written, by the REST code of their error.
#ifndef SLUICE_KAFKA_FAILED_RECORDS_H_
#define SLUICE_KAFKA_FAILED_RECORDS_H_

#include <cstdint>
#include <map>
#include <mutex>

namespace sluice {

/// Since the start of the process. There are as many codes as the error table has. Safe from any
/// thread.
class FailedRecords {
 public:
  using ByCode = std::map<int32_t, int64_t>;

  void Add(const ByCode& records) {
    std::lock_guard lock(mutex_);
    for (const auto& [code, count] : records) by_code_[code] += count;
  }

  ByCode Read() {
    std::lock_guard lock(mutex_);
    return by_code_;
  }

 private:
  std::mutex mutex_;  ///< Guards by_code_. A batch with failures takes it once.
  ByCode by_code_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_FAILED_RECORDS_H_
