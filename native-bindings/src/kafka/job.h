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
/// worker's mailbox. If the worker ends before, nobody is answered; the environment that has posted
/// the job learns the end of the worker, and still has the texts.
struct Job {
  /// Unique in the process.
  uint32_t id = 0;
  /// Null if the job needs none. Used by the worker only, until it has answered or ended.
  std::shared_ptr<RecordTexts> texts;
  ReplyTo reply_to;
};

/// The environments that do jobs, by their index. Safe from any thread.
class JobWorkers {
 public:
  /// The calling thread is the worker's.
  void Add(size_t index, std::weak_ptr<Outbox> outbox);

  /// Null when there is none, or none any more.
  std::shared_ptr<Outbox> Find(size_t index) const;

  /// The processor time of the worker's thread in microseconds; -1 when there is no such thread.
  int64_t ProcessorMicros(size_t index) const;

  /// Never 0.
  uint32_t NewJobId();

 private:
  struct Worker {
    std::weak_ptr<Outbox> outbox;
    std::optional<clockid_t> clock;  // Of its thread.
  };

  mutable std::mutex mutex_;  // Guards the following.
  std::vector<Worker> workers_;
  uint32_t last_job_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_JOB_H_
