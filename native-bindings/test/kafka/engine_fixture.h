// The fixture of all tests that need the engine: its limits, its error texts, a mailbox.
#ifndef SLUICE_TEST_KAFKA_ENGINE_FIXTURE_H_
#define SLUICE_TEST_KAFKA_ENGINE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kafka/engine.h"
#include "kafka/recording_outbox.h"
#include "kafka/test_cluster.h"

namespace sluice {

/// The limits that tests start from: two consumer threads, so that races have a chance.
EngineLimits TestLimits();

/// One cluster a test. When a test ends, no consumer instance is left, no chunk is in use and no
/// byte of a produce request is counted: nothing leaked.
class EngineTest : public ::testing::Test {
 protected:
  EngineTest();
  void TearDown() override;

  /// What the JavaScript environment would get.
  RecordingOutbox& outbox() { return *outbox_; }
  std::shared_ptr<RecordingOutbox> shared_outbox() { return outbox_; }
  TestCluster& cluster() { return cluster_; }

 private:
  // The order matters: consumers are gone before the cluster.
  TestCluster cluster_;
  std::shared_ptr<RecordingOutbox> outbox_ = std::make_shared<RecordingOutbox>();
  std::shared_ptr<Outbox> log_;
};

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_ENGINE_FIXTURE_H_
