// What is written, read back by another client; and what the response says of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kafka/murmur2.h"
#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

using ProducerRecordsTest = ProducerTest;

TEST_F(ProducerRecordsTest, ARecordIsReadBackAsItWasWritten) {
  const Message reply =
      Produce("t", R"({"records":[{"key":"aGk=","value":"AP8="}]})", Format::kBinary);
  EXPECT_EQ(reply.code, 200);
  EXPECT_EQ(reply.count, 0);
  const auto deliveries = ParseDeliveries(reply);
  ASSERT_EQ(deliveries.size(), 1u);
  const auto records = cluster().ReadAll("t");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].partition, deliveries[0].partition);
  EXPECT_EQ(records[0].offset, deliveries[0].offset);
  EXPECT_EQ(records[0].key, "hi");
  EXPECT_EQ(records[0].value, std::string("\0\xff", 2));
}

TEST_F(ProducerRecordsTest, TheFirstRequestToATopicMayNameManyPartitions) {
  constexpr int kPartitions = 40;
  cluster().CreateTopic("t", kPartitions);
  std::vector<std::string> records;
  for (int i = 0; i < 10 * kPartitions; ++i) {
    // The last one names a partition that is not there.
    const std::string partition = std::to_string(i % (kPartitions + 1));
    records.push_back("{\"value\":" + std::to_string(i) + ",\"partition\":" + partition + '}');
  }
  const auto deliveries = ParseDeliveries(Produce("t", BodyOf(records)));
  ASSERT_EQ(deliveries.size(), records.size());
  for (int i = 0; i < 10 * kPartitions; ++i) {
    const int partition = i % (kPartitions + 1);
    EXPECT_EQ(deliveries[i].error_code != 0, partition == kPartitions) << i;
    if (partition < kPartitions) EXPECT_EQ(deliveries[i].partition, partition) << i;
  }
}

TEST_F(ProducerRecordsTest, OffsetsStandInRequestOrderWhateverTheOrderOfCompletion) {
  cluster().CreateTopic("t", 3);
  // The answers of the partitions overtake each other: each has its own broker request.
  std::vector<std::string> records;
  for (int i = 0; i < 300; ++i) {
    records.push_back("{\"value\":" + std::to_string(i) +
                      ",\"partition\":" + std::to_string((i * 7 + i / 5) % 3) + '}');
  }
  std::vector<ReplyTo> asked;
  for (int i = 0; i < 20; ++i) asked.push_back(Start("t", BodyOf(records)));
  std::map<std::pair<int32_t, int64_t>, std::string> written;
  std::vector<std::vector<DeliveredRecord>> responses;
  for (const auto& each : asked) responses.push_back(ParseDeliveries(Await(each)));
  for (const auto& record : cluster().ReadAll("t")) {
    written[{record.partition, record.offset}] = record.value.value_or("");
  }
  for (const auto& deliveries : responses) {
    ASSERT_EQ(deliveries.size(), records.size());
    for (int i = 0; i < 300; ++i) {
      EXPECT_EQ(deliveries[i].partition, (i * 7 + i / 5) % 3);
      EXPECT_EQ((written[{deliveries[i].partition, deliveries[i].offset}]), std::to_string(i));
    }
  }
}

TEST_F(ProducerRecordsTest, RecordsOfARequestKeepTheirOrderInAPartition) {
  cluster().CreateTopic("t", 1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Produce("t", CountingBody(200)).count, 0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(records[i].value, std::to_string(i % 200));
}

TEST_F(ProducerRecordsTest, TheTraceOfARequestIsThatOfItsRecordsUnlessTheyBringTheirOwn) {
  cluster().CreateTopic("t", 1);
  const std::string text = BodyOf({
      R"({"value":1})",
      R"({"value":2,"headers":[{"name":"h","value":"AQ=="},{"name":"traceparent","value":"bWluZQ=="}]})",
      R"({"value":3,"headers":[{"name":"h","value":null}]})",
  });
  const auto produce = [&](TraceHeaders trace) {
    Body body(Engine::Get().produce_budget());
    EXPECT_EQ(body.Append(text.data(), text.size()), 0);
    const ReplyTo reply_to = outbox().NewTicket();
    producer().Produce("t", 0, Format::kJson, std::move(body), reply_to, std::move(trace));
    const Message reply = Await(reply_to);
    EXPECT_EQ(reply.count, 0);
    EXPECT_EQ(reply.records, 3);
    EXPECT_EQ(reply.throttle_ms, 0);
  };
  produce({"00-a-b-01", "v=1"});
  produce({"00-c-d-00", ""});
  using Headers = decltype(WitnessedRecord::headers);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 6u);
  EXPECT_EQ(records[0].headers, (Headers{{"traceparent", "00-a-b-01"}, {"tracestate", "v=1"}}));
  EXPECT_EQ(records[1].headers, (Headers{{"h", "\x01"}, {"traceparent", "mine"}}));
  EXPECT_EQ(records[2].headers,
            (Headers{{"h", std::nullopt}, {"traceparent", "00-a-b-01"}, {"tracestate", "v=1"}}));
  EXPECT_EQ(records[3].headers, (Headers{{"traceparent", "00-c-d-00"}}));
}

TEST_F(ProducerRecordsTest, NullAndEmptyStayDifferent) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", R"({"records":[
      {},
      {"key":null,"value":null},
      {"key":"","value":""},
      {"key":"","value":null},
      {"key":null,"value":""}]})",
                    Format::kBinary)
                .count,
            0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 5u);
  const MaybeBytes null, empty = "";
  EXPECT_EQ(records[0].key, null);
  EXPECT_EQ(records[0].value, null);
  EXPECT_EQ(records[1].key, null);
  EXPECT_EQ(records[1].value, null);
  EXPECT_EQ(records[2].key, empty);
  EXPECT_EQ(records[2].value, empty);
  EXPECT_EQ(records[3].key, empty);
  EXPECT_EQ(records[3].value, null);
  EXPECT_EQ(records[4].key, null);
  EXPECT_EQ(records[4].value, empty);
}

TEST_F(ProducerRecordsTest, NullAndEmptyStayDifferentAlsoBesideHeaders) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", R"({"records":[
      {"headers":[{"name":"h","value":null}]},
      {"key":"","value":"","headers":[{"name":"h","value":""}]}]})",
                    Format::kBinary)
                .count,
            0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].key, std::nullopt);
  EXPECT_EQ(records[0].value, std::nullopt);
  EXPECT_EQ(records[0].headers[0].second, std::nullopt);
  EXPECT_EQ(records[1].key, "");
  EXPECT_EQ(records[1].value, "");
  EXPECT_EQ(records[1].headers[0].second, "");
}

TEST_F(ProducerRecordsTest, HeadersKeepTheirOrderAndDuplicates) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", R"({"records":[{"value":"dg==","headers":[
      {"name":"b","value":"AQ=="},{"name":"a","value":"/wCAQQ=="},{"name":"b","value":null},
      {"name":"","value":""},{"name":"b","value":"AQ=="}]},{"value":"dw=="}]})",
                    Format::kBinary)
                .count,
            0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 2u);
  const std::vector<std::pair<std::string, MaybeBytes>> expected = {
      {"b", "\x01"},
      {"a", std::string("\xff\x00\x80\x41", 4)},
      {"b", std::nullopt},
      {"", ""},
      {"b", "\x01"}};
  EXPECT_EQ(records[0].headers, expected);
  EXPECT_TRUE(records[1].headers.empty());
  EXPECT_EQ(records[1].value, "w");
}

TEST_F(ProducerRecordsTest, TimestampsAreTheClientsOrNow) {
  cluster().CreateTopic("t", 1);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  EXPECT_EQ(
      Produce("t", R"({"records":[{"value":1,"timestamp":1234567890123},{"value":2}]})").count, 0);
  EXPECT_EQ(Produce("t", R"({"records":[{"value":3}]})").count, 0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].timestamp_ms, 1234567890123);
  EXPECT_NEAR(static_cast<double>(records[1].timestamp_ms), static_cast<double>(now), 60'000);
  EXPECT_NEAR(static_cast<double>(records[2].timestamp_ms), static_cast<double>(now), 60'000);
}

TEST_F(ProducerRecordsTest, KeysLandWhereTheJavaClientPutsThem) {
  // Hashes of Kafka's own UtilsTest.testMurmur2().
  EXPECT_EQ(static_cast<int32_t>(Murmur2("21")), -973932308);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("foobar")), -790332482);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-long-string")), -985981536);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("a-little-bit-longer-string")), -1486304829);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")),
            -58897971);
  EXPECT_EQ(static_cast<int32_t>(Murmur2("abc")), 479470107);

  constexpr int kPartitions = 31;
  cluster().CreateTopic("t", kPartitions);
  std::vector<std::string> keys = {"", "21", "foobar", "a-little-bit-long-string", "abc"};
  for (int i = 0; i < 200; ++i) keys.push_back(std::string(i % 13, 'k') + std::to_string(i));
  std::vector<std::string> records;
  for (const auto& key : keys) records.push_back("{\"key\":\"" + key + "\"}");
  const auto deliveries = ParseDeliveries(Produce("t", BodyOf(records), Format::kString));
  ASSERT_EQ(deliveries.size(), keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(deliveries[i].partition, JavaPartition(keys[i], kPartitions)) << keys[i];
  }
}

TEST_F(ProducerRecordsTest, RecordsForManyPartitionsKeepTheirOrderBesideUnknownPartitions) {
  constexpr int kPartitions = 31;
  constexpr int kRecords = 700;
  cluster().CreateTopic("t", kPartitions);
  Produce("t", CountingBody(1, 0));  // Until then the topic's partitions are not known.
  std::vector<std::string> records;
  for (int i = 0; i < kRecords; ++i) {
    const std::string number = std::to_string(i);
    // Some name a partition, and some one that is not there.
    const std::string partition = i % 7 == 3   ? ",\"partition\":" + std::to_string(i % kPartitions)
                                  : i % 7 == 5 ? ",\"partition\":" + std::to_string(1000 + i)
                                               : "";
    records.push_back("{\"key\":\"" + number + "\",\"value\":\"" + number + "\"" + partition + '}');
  }
  const auto deliveries = ParseDeliveries(Produce("t", BodyOf(records), Format::kString));
  ASSERT_EQ(deliveries.size(), static_cast<size_t>(kRecords));
  std::map<int32_t, std::vector<std::string>> expected;
  for (int i = 0; i < kRecords; ++i) {
    const std::string number = std::to_string(i);
    if (i % 7 == 5) {
      EXPECT_NE(deliveries[i].error_code, 0);
      continue;
    }
    const int32_t partition = i % 7 == 3 ? i % kPartitions : JavaPartition(number, kPartitions);
    EXPECT_EQ(deliveries[i].partition, partition) << number;
    EXPECT_EQ(deliveries[i].error_code, 0) << deliveries[i].error;
    expected[partition].push_back(number);
  }
  std::map<int32_t, std::vector<std::string>> written;
  for (const auto& record : cluster().ReadAll("t")) {
    if (record.key) written[record.partition].push_back(record.value.value_or(""));
  }
  EXPECT_EQ(written, expected);
}

TEST_F(ProducerRecordsTest, ARequestForMoreThanTheQueueTakesIsWrittenUpToThere) {
  cluster().CreateTopic("t", 4);
  Set("queue.buffering.max.messages", "100");
  Produce("t", CountingBody(1));
  std::vector<std::string> records;
  for (int i = 0; i < 250; ++i) records.push_back("{\"key\":\"" + std::to_string(i) + "\"}");
  const auto written = [&] {
    const auto deliveries = ParseDeliveries(Produce("t", BodyOf(records), Format::kString));
    EXPECT_EQ(deliveries.size(), records.size());
    const auto first_failed = std::find_if(deliveries.begin(), deliveries.end(),
                                           [](const auto& each) { return each.error_code != 0; });
    EXPECT_TRUE(std::all_of(first_failed, deliveries.end(),
                            [](const auto& each) { return each.error_code != 0; }));
    return first_failed - deliveries.begin();
  };
  // The room that a request took is free a moment after its answer: reports are counted in batches.
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(Eventually([&] { return written() == 100; }));
  }
}

TEST_F(ProducerRecordsTest, RecordsWithoutAKeyGoToManyPartitions) {
  cluster().CreateTopic("t", 8);
  std::set<int32_t> partitions;
  // The sticky partitioner stays with one for a while.
  EXPECT_TRUE(Eventually([&] {
    for (const auto& each : ParseDeliveries(Produce("t", CountingBody(10)))) {
      partitions.insert(each.partition);
    }
    return partitions.size() > 1;
  }));
}

TEST_F(ProducerRecordsTest, SmallRecordsOfARequestWithoutAKeyStayTogether) {
  cluster().CreateTopic("t", 8);
  Produce("t", CountingBody(1));  // Until then the topic's partitions are not known.
  const auto deliveries = ParseDeliveries(Produce("t", CountingBody(1000)));
  ASSERT_EQ(deliveries.size(), 1000u);
  for (const auto& each : deliveries) EXPECT_EQ(each.partition, deliveries[0].partition);
}

TEST_F(ProducerRecordsTest, LargeRecordsOfARequestWithoutAKeyGoToManyPartitions) {
  cluster().CreateTopic("t", 8);
  Set("sticky.partitioning.linger.ms", "60000");
  Produce("t", CountingBody(1));
  const std::string large = "{\"value\":\"" + std::string(200'000, 'x') + "\"}";
  std::set<int32_t> partitions;
  for (const auto& each :
       ParseDeliveries(Produce("t", BodyOf(std::vector<std::string>(20, large))))) {
    partitions.insert(each.partition);
  }
  EXPECT_GT(partitions.size(), 1u);
}

TEST_F(ProducerRecordsTest, AnotherPartitionerIsLeftToLibrdkafka) {
  cluster().CreateTopic("t", 8);
  Set("partitioner", "random");
  Set("sticky.partitioning.linger.ms", "0");
  Produce("t", CountingBody(1));
  std::set<int32_t> partitions;
  for (const auto& each : ParseDeliveries(Produce("t", CountingBody(1000)))) {
    partitions.insert(each.partition);
  }
  EXPECT_EQ(partitions.size(), 8u);
}

TEST_F(ProducerRecordsTest, APartitionOfTheRecordGoesBeforeThatOfTheRequest) {
  cluster().CreateTopic("t", 4);
  const auto deliveries = ParseDeliveries(Produce(
      "t", R"({"records":[{"value":1},{"value":2,"partition":3},{"value":3,"partition":null}]})",
      Format::kJson, 2));
  ASSERT_EQ(deliveries.size(), 3u);
  EXPECT_EQ(deliveries[0].partition, 2);
  EXPECT_EQ(deliveries[1].partition, 3);
  EXPECT_EQ(deliveries[2].partition, 2);
}

TEST_F(ProducerRecordsTest, AJsonNullIsATombstoneAndAStringKeepsItsQuotes) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", R"({"records":[{"key":"k","value":null},{"value":"s"},
      {"value": { "n" : 12345678901234567890, "d": 1.10, "e":1e400 } }]})")
                .count,
            0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].key, "\"k\"");
  EXPECT_EQ(records[0].value, std::nullopt);
  EXPECT_EQ(records[1].value, "\"s\"");
  EXPECT_EQ(records[2].value, R"({"n":12345678901234567890,"d":1.10,"e":1e400})");
}

TEST_F(ProducerRecordsTest, LargeBodiesAndLargeRecordsArriveWhole) {
  cluster().CreateTopic("t", 1);
  std::vector<std::string> values;
  std::vector<std::string> records;
  for (int i = 0; i < 12; ++i) {
    // Up to librdkafka's limit of copying, and beyond it: then it reads from the body.
    values.push_back(std::string(30'000 * (i + 1), static_cast<char>('a' + i)));
    records.push_back("{\"value\":\"" + values.back() + "\"}");
  }
  EXPECT_EQ(Produce("t", BodyOf(records), Format::kString).count, 0);
  const auto read = cluster().ReadAll("t", 0);
  ASSERT_EQ(read.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_TRUE(read[i].value == values[i]) << i;
}

TEST_F(ProducerRecordsTest, ATopicIsCreatedWhenTheClusterDoesSo) {
  EXPECT_EQ(ParseDeliveries(Produce("made-up", CountingBody(1)))[0].error_code, 0);
  EXPECT_EQ(cluster().ReadAll("made-up").size(), 1u);
}

TEST_F(ProducerRecordsTest, CountersFollowWhatHappens) {
  EngineCounters& counters = Engine::Get().counters();
  const int64_t records = counters.produced_records;
  const int64_t bytes = counters.produced_bytes;
  EXPECT_EQ(
      Produce("t", R"({"records":[{"key":"aGk=","value":"AP8A"},{}]})", Format::kBinary).count, 0);
  EXPECT_EQ(counters.produced_records - records, 2);
  EXPECT_EQ(counters.produced_bytes - bytes, 5);
}

TEST_F(ProducerRecordsTest, BytesThatWereWrittenCountWhenOthersFail) {
  cluster().CreateTopic("t", 2);
  EngineCounters& counters = Engine::Get().counters();
  for (const char* header : {"", R"(,"headers":[{"name":"h","value":null}])"}) {
    const int64_t bytes = counters.produced_bytes;
    const std::string body = R"({"records":[{"key":"aGk=","value":"AP8A"},
                                            {"value":"AP8A","partition":7)" +
                             std::string(header) + R"(},{"value":"AP8AAP8A"}]})";
    EXPECT_EQ(Produce("t", body, Format::kBinary).count, 1);
    EXPECT_EQ(counters.produced_bytes - bytes, 5 + 6);
  }
  const int64_t bytes = counters.produced_bytes;
  EXPECT_EQ(Produce("no topic", CountingBody(2)).count, 2);
  EXPECT_EQ(counters.produced_bytes, bytes);
}

}  // namespace
}  // namespace sluice
