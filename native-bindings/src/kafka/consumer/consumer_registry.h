// The consumer instances of the process by name, and the expiry of idle ones.
#ifndef SLUICE_KAFKA_CONSUMER_CONSUMER_REGISTRY_H_
#define SLUICE_KAFKA_CONSUMER_CONSUMER_REGISTRY_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kafka/consumer/consumer.h"
#include "kafka/outbox.h"
#include "kafka/scheduler.h"

namespace sluice {

class BlockingPool;

/// Has all instances of the process: any environment may serve any of them. Once a second it closes
/// the instances that no client used for their idle timeout. Safe from any thread.
class ConsumerRegistry final : public Actor {
 public:
  ConsumerRegistry(Scheduler& scheduler, BlockingPool& blocking)
      : Actor(scheduler), blocking_(blocking) {}

  /// Creates an instance, in the background. Replies with its id as JSON; or with a fault when the
  /// name exists in its group (also for an instance that is being created), when there are too many
  /// instances, or when librdkafka refuses the properties.
  void Create(ConsumerSettings settings, ReplyTo reply_to);

  /// The principal's open instance of this name, or null. Counts as a use.
  std::shared_ptr<Consumer> Find(const std::string& group, const std::string& name,
                                 const std::string& principal = {});
  std::shared_ptr<Consumer> Find(uint32_t id);

  /// Closes an instance. Its name is free at once; `reply_to` is answered when it is gone.
  void Close(uint32_t id, ReplyTo reply_to);

  /// Every instance whose client is not destroyed yet.
  std::vector<std::shared_ptr<Consumer>> All();
  size_t size();
  void set_max_size(size_t max_size);

  /// The instance's client is destroyed.
  void Remove(uint32_t id);

 private:
  using Name = std::pair<std::string, std::string>;  // Group and name.

  struct NameHash {
    size_t operator()(const Name& name) const {
      const std::hash<std::string> hash;
      return hash(name.first) * 31 + hash(name.second);
    }
  };

  void Run() override;
  /// Returns whether the name was this instance's.
  bool FreeName(const Consumer& consumer);

  BlockingPool& blocking_;

  std::mutex mutex_;  // Guards the following.
  size_t max_size_ = 1000;
  uint32_t last_id_ = 0;
  std::unordered_map<Name, uint32_t, NameHash> names_;
  std::unordered_map<uint32_t, std::shared_ptr<Consumer>> consumers_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_CONSUMER_REGISTRY_H_
