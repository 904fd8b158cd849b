// The fixture of all tests of consumer instances.
#ifndef SLUICE_TEST_KAFKA_CONSUMER_FIXTURE_H_
#define SLUICE_TEST_KAFKA_CONSUMER_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "kafka/consumer/consumer.h"
#include "kafka/driven_read.h"
#include "kafka/engine_fixture.h"

namespace sluice {

class ConsumerTest : public EngineTest {
 protected:
  /// An instance that reads text from the beginning and looks for rebalances often.
  ConsumerSettings Settings(const std::string& group = "group", const std::string& name = "one");

  /// Makes an instance; fails the test when it is refused.
  std::shared_ptr<Consumer> Create(ConsumerSettings settings);
  std::shared_ptr<Consumer> Create() { return Create(Settings()); }

  /// Makes one and subscribes it.
  std::shared_ptr<Consumer> Subscribed(const std::string& topic);

  /// Makes one and assigns it partition 0 of a new topic with one partition.
  std::shared_ptr<Consumer> Assigned(const std::string& topic);
  std::shared_ptr<Consumer> Assigned(const std::string& topic, ConsumerSettings settings);

  // Commands. Those that return nothing fail the test when they are refused.
  void Subscribe(const std::shared_ptr<Consumer>& consumer, std::vector<std::string> topics);
  void Unsubscribe(const std::shared_ptr<Consumer>& consumer);
  void Assign(const std::shared_ptr<Consumer>& consumer, std::vector<TopicPartition> partitions);
  std::string Assignment(const std::shared_ptr<Consumer>& consumer);
  std::string Subscription(const std::shared_ptr<Consumer>& consumer);
  /// Waits until the group has given it so many partitions.
  void AwaitAssignment(const std::shared_ptr<Consumer>& consumer, int partitions);
  Message TrySeek(const std::shared_ptr<Consumer>& consumer, std::vector<PartitionOffset> offsets);
  void Seek(const std::shared_ptr<Consumer>& consumer, const TopicPartition& partition,
            int64_t offset);
  Message TrySeekAll(const std::shared_ptr<Consumer>& consumer, int64_t offset);
  void SeekAll(const std::shared_ptr<Consumer>& consumer, int64_t offset);
  Message TryCommit(const std::shared_ptr<Consumer>& consumer);
  void Commit(const std::shared_ptr<Consumer>& consumer);
  void Close(const std::shared_ptr<Consumer>& consumer);

  /// No limit but the timeout, and more than one byte.
  ReadLimits Limits(int timeout_ms = 60'000);
  /// Ends as soon as there is something.
  ReadLimits AtOnce();

  DrivenRead StartRead(const std::shared_ptr<Consumer>& consumer, const ReadLimits& limits);

  /// Reads, delivered, until so many records have come.
  std::vector<ReadRecord> Read(const std::shared_ptr<Consumer>& consumer, size_t count);
  std::vector<std::string> ReadValues(const std::shared_ptr<Consumer>& consumer, size_t count) {
    return ValuesOf(Read(consumer, count));
  }

  /// Reads until a read is a fault, and returns that.
  Message AwaitFault(const std::shared_ptr<Consumer>& consumer);
  /// Reads until a read has records, whatever the faults before, and returns their values.
  std::vector<std::string> AwaitValues(const std::shared_ptr<Consumer>& consumer);

  /// What a read with this much time says when there is nothing to read.
  DrivenRead ReadNothing(const std::shared_ptr<Consumer>& consumer, int timeout_ms = 300);
};

/// Sets a property, or replaces it.
void Set(ConsumerSettings* settings, const std::string& name, const std::string& value);

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_CONSUMER_FIXTURE_H_
