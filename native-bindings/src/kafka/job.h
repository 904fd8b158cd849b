// Work that one JavaScript environment does for another: encoding and decoding records.
#ifndef SLUICE_KAFKA_JOB_H_
#define SLUICE_KAFKA_JOB_H_

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "kafka/outbox.h"
#include "kafka/record_texts.h"

namespace sluice {

/// A job, from its posting to its answer. The message that carries it owns it, and then the
/// worker's mailbox. No answer comes from a worker that ends before its answer; the environment
/// that has posted the job learns that the worker has ended, and still has the texts.
struct Job {
  /// Unique among the jobs of the process that are not done.
  uint32_t id = 0;
  /// Null if the job needs none. Used by the worker only, until it has answered or ended.
  std::shared_ptr<RecordTexts> texts;
  ReplyTo reply_to;
};

/// The environments that do jobs, by their index. Safe from any thread.
class JobWorkers {
 public:
  /// @param last_job the id before the first one that NewJobId() returns
  explicit JobWorkers(uint32_t last_job = 0) : last_job_(last_job) {}

  /// The calling thread is the worker's, in this one of its starts.
  void Add(size_t index, uint32_t start, std::weak_ptr<Outbox> outbox);

  /// Null when there is none, or none any more.
  std::shared_ptr<Outbox> Find(size_t index) const;

  /// As above; null also in another one of its starts.
  std::shared_ptr<Outbox> FindStart(size_t index, uint32_t start) const;

  /// The processor time of the worker's thread in microseconds; -1 when there is no such thread.
  int64_t ProcessorMicros(size_t index) const;

  /// From 1 to INT32_MAX, and then from 1 again: JavaScript has ids as signed numbers of 32 bits.
  uint32_t NewJobId();

 private:
  struct Worker {
    uint32_t start = 0;
    std::weak_ptr<Outbox> outbox;
    std::optional<clockid_t> clock;  // Of its thread.
  };

  mutable std::mutex mutex_;  // Guards the following.
  std::vector<Worker> workers_;
  uint32_t last_job_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_JOB_H_
