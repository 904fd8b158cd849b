// A mock cluster for one test, and a plain librdkafka client to write and read with: the witness.
#ifndef SLUICE_TEST_KAFKA_TEST_CLUSTER_H_
#define SLUICE_TEST_KAFKA_TEST_CLUSTER_H_

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/conf.h"
#include "kafka/embedded_cluster.h"
#include "kafka/handles.h"

namespace sluice {

/// Bytes of a record, which may be null.
using MaybeBytes = std::optional<std::string>;

/// A record as another client sees it.
struct WitnessedRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  MaybeBytes key = {};
  MaybeBytes value = {};
  std::vector<std::pair<std::string, MaybeBytes>> headers = {};
};

/// Requests of Kafka's protocol, for error injection.
enum ApiKey : int16_t {
  kProduceRequest = 0,
  kFetchRequest = 1,
  kListOffsetsRequest = 2,
  kMetadataRequest = 3,
  kOffsetCommitRequest = 8,
  kOffsetFetchRequest = 9,
  kFindCoordinatorRequest = 10,
  kJoinGroupRequest = 11,
  kHeartbeatRequest = 12,
  kSyncGroupRequest = 14,
  kInitProducerIdRequest = 22,
};

class TestCluster {
 public:
  explicit TestCluster(int brokers = 1);
  ~TestCluster();

  const std::string& bootstrap_servers() const { return cluster_->bootstrap_servers(); }
  rd_kafka_mock_cluster_t* mock() { return cluster_->mock(); }

  void CreateTopic(const std::string& topic, int partitions);
  /// With a partition for each list of values, which are written to it.
  void CreateTopic(const std::string& topic, const std::vector<std::vector<std::string>>& values);

  /// The next requests of this kind fail so, one after the other.
  void FailNext(ApiKey request, const std::vector<rd_kafka_resp_err_t>& errors);

  /// No more of them fail.
  void Forgive(ApiKey request) { rd_kafka_mock_clear_request_errors(mock(), request); }

  /// All brokers.
  void SetDown() { rd_kafka_mock_broker_set_down(mock(), -1); }
  void SetUp() { rd_kafka_mock_broker_set_up(mock(), -1); }
  void SetRoundTrip(int milliseconds) { rd_kafka_mock_broker_set_rtt(mock(), -1, milliseconds); }

  /// How many requests of this kind have come since the start of tracking.
  size_t CountRequests(ApiKey request);

  /// Writes values, without keys, and waits until they are there.
  void Write(const std::string& topic, int32_t partition, const std::vector<std::string>& values);

  /// Writes one record as it is: partition, key, value, headers and timestamp.
  void WriteRecord(const std::string& topic, const WitnessedRecord& record);

  /// Reads a partition from its beginning to its end.
  std::vector<WitnessedRecord> ReadAll(const std::string& topic, int32_t partition);

  /// The same of all its partitions, by partition and offset.
  std::vector<WitnessedRecord> ReadAll(const std::string& topic);

  /// What is committed for the group; -1 when nothing is.
  int64_t Committed(const std::string& group, const std::string& topic, int32_t partition);

 private:
  using ClientRef = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;

  ClientRef NewClient(rd_kafka_type_t type, Properties properties);
  rd_kafka_t* writer();
  std::vector<WitnessedRecord> ReadAll(const TplRef& tpl);

  std::unique_ptr<EmbeddedCluster> cluster_;
  ClientRef writer_;
};

/// Values `prefix0`, `prefix1`, …
std::vector<std::string> Numbered(const std::string& prefix, int count);

}  // namespace sluice

#endif  // SLUICE_TEST_KAFKA_TEST_CLUSTER_H_
