#include "kafka/test_cluster.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kafka/recording_outbox.h"
#include "kafka/topic_partition.h"

namespace sluice {
namespace {

constexpr int kTimeoutMs = static_cast<int>(std::chrono::milliseconds(kPatience).count());

MaybeBytes ToBytes(const void* data, size_t size) {
  if (!data) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

WitnessedRecord ToRecord(const rd_kafka_message_t* message) {
  WitnessedRecord record;
  record.partition = message->partition;
  record.offset = message->offset;
  rd_kafka_timestamp_type_t type;
  record.timestamp_ms = rd_kafka_message_timestamp(message, &type);
  record.key = ToBytes(message->key, message->key_len);
  record.value = ToBytes(message->payload, message->len);
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(message, &headers);
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; headers && rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                                    RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.emplace_back(name, ToBytes(value, size));
  }
  return record;
}

}  // namespace

TestCluster::TestCluster(int brokers) {
  std::string error;
  cluster_ = EmbeddedCluster::Start(brokers, &error);
  if (!cluster_) {
    ADD_FAILURE() << error;
    abort();
  }
  rd_kafka_mock_start_request_tracking(mock());
}

TestCluster::~TestCluster() {
  SetUp();  // So that clients that are still there can leave.
  writer_.reset();
}

TestCluster::ClientRef TestCluster::NewClient(rd_kafka_type_t type, Properties properties) {
  properties.insert(properties.begin(), {"bootstrap.servers", bootstrap_servers()});
  std::vector<PropertyFault> faults;
  ConfRef conf = MakeConf(properties, &faults);
  EXPECT_TRUE(faults.empty()) << DescribeFaults(faults);
  char reason[512];
  ClientRef client(rd_kafka_new(type, conf.get(), reason, sizeof(reason)));
  EXPECT_TRUE(client) << reason;
  static_cast<void>(conf.release());  // rd_kafka_new took it.
  return client;
}

void TestCluster::CreateTopic(const std::string& topic, int partitions) {
  EXPECT_EQ(rd_kafka_mock_topic_create(mock(), topic.c_str(), partitions, 1),
            RD_KAFKA_RESP_ERR_NO_ERROR);
}

void TestCluster::CreateTopic(const std::string& topic,
                              const std::vector<std::vector<std::string>>& values) {
  CreateTopic(topic, static_cast<int>(values.size()));
  int32_t partition = 0;
  for (const auto& each : values) Write(topic, partition++, each);
}

void TestCluster::FailNext(ApiKey request, const std::vector<rd_kafka_resp_err_t>& errors) {
  rd_kafka_mock_push_request_errors_array(mock(), request, errors.size(), errors.data());
}

size_t TestCluster::CountRequests(ApiKey request) {
  size_t count = 0;
  size_t found = 0;
  rd_kafka_mock_request_t** requests = rd_kafka_mock_get_requests(mock(), &count);
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_mock_request_api_key(requests[i]) == request) ++found;
  }
  rd_kafka_mock_request_destroy_array(requests, count);
  return found;
}

rd_kafka_t* TestCluster::writer() {
  if (!writer_) {
    writer_ = NewClient(RD_KAFKA_PRODUCER, {{"linger.ms", "0"}, {"message.max.bytes", "10000000"}});
  }
  return writer_.get();
}

void TestCluster::WriteRecord(const std::string& topic, const WitnessedRecord& record) {
  const auto data = [](const MaybeBytes& bytes) -> char* {
    return bytes ? const_cast<char*>(bytes->data()) : nullptr;
  };
  const auto size = [](const MaybeBytes& bytes) { return bytes ? bytes->size() : 0; };
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), data(value),
                        static_cast<ssize_t>(size(value)));
  }
  EXPECT_EQ(rd_kafka_producev(
                writer(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(record.partition),
                RD_KAFKA_V_KEY(data(record.key), size(record.key)),
                RD_KAFKA_V_VALUE(data(record.value), size(record.value)),
                RD_KAFKA_V_TIMESTAMP(record.timestamp_ms), RD_KAFKA_V_HEADERS(headers),
                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(rd_kafka_flush(writer(), kTimeoutMs), RD_KAFKA_RESP_ERR_NO_ERROR);
}

void TestCluster::Write(const std::string& topic, int32_t partition,
                        const std::vector<std::string>& values) {
  for (const auto& value : values) {
    EXPECT_EQ(rd_kafka_producev(writer(), RD_KAFKA_V_TOPIC(topic.c_str()),
                                RD_KAFKA_V_PARTITION(partition),
                                RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  EXPECT_EQ(rd_kafka_flush(writer(), kTimeoutMs), RD_KAFKA_RESP_ERR_NO_ERROR);
}

std::vector<WitnessedRecord> TestCluster::ReadAll(const std::string& topic, int32_t partition) {
  const TplRef tpl = NewTpl(1);
  Add(tpl, {topic, partition});
  return ReadAll(tpl);
}

std::vector<WitnessedRecord> TestCluster::ReadAll(const std::string& topic) {
  const ClientRef client = NewClient(RD_KAFKA_PRODUCER, {});
  const TopicRef handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* metadata = nullptr;
  EXPECT_EQ(rd_kafka_metadata(client.get(), 0, handle.get(), &metadata, kTimeoutMs),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  const TplRef tpl = NewTpl(1);
  for (int32_t i = 0; i < metadata->topics[0].partition_cnt; ++i) Add(tpl, {topic, i});
  rd_kafka_metadata_destroy(metadata);
  return ReadAll(tpl);
}

std::vector<WitnessedRecord> TestCluster::ReadAll(const TplRef& tpl) {
  const ClientRef reader = NewClient(RD_KAFKA_CONSUMER, {{"group.id", "witness"},
                                                         {"enable.auto.commit", "false"},
                                                         {"enable.partition.eof", "true"},
                                                         {"fetch.wait.max.ms", "10"}});
  for (int i = 0; i < tpl->cnt; ++i) tpl->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
  EXPECT_EQ(rd_kafka_assign(reader.get(), tpl.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  std::vector<WitnessedRecord> records;
  for (int ends = 0; ends < tpl->cnt;) {
    const MessageRef message(rd_kafka_consumer_poll(reader.get(), kTimeoutMs));
    if (!message) {
      ADD_FAILURE() << "The witness could not read to the end.";
      break;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ++ends;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) records.push_back(ToRecord(message.get()));
  }
  std::stable_sort(records.begin(), records.end(), [](const auto& one, const auto& other) {
    return one.partition < other.partition;
  });
  return records;
}

int64_t TestCluster::Committed(const std::string& group, const std::string& topic,
                               int32_t partition) {
  const ClientRef reader = NewClient(RD_KAFKA_CONSUMER, {{"group.id", group}});
  const TplRef tpl = NewTpl(1);
  Add(tpl, {topic, partition});
  EXPECT_EQ(rd_kafka_committed(reader.get(), tpl.get(), kTimeoutMs), RD_KAFKA_RESP_ERR_NO_ERROR);
  return tpl->elems[0].offset < 0 ? -1 : tpl->elems[0].offset;
}

std::vector<std::string> Numbered(const std::string& prefix, int count) {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(prefix + std::to_string(i));
  return values;
}

}  // namespace sluice
