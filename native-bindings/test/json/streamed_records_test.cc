#include "json/streamed_records.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/object_splitter.h"

namespace sluice {
namespace {

/// Parsed records with the memory that they point into.
struct Parsed {
  std::string text;
  StreamedRecords records;
  std::string fault;
  bool is_json = false;

  const ProduceRecord& produced(size_t index) const { return records.request.records[index]; }
  /// `code message`; empty for an accepted record.
  std::string refusal(size_t index) const {
    if (records.records[index].is_accepted()) return {};
    const auto& refusal = records.refusals[static_cast<size_t>(records.records[index].refusal)];
    return std::to_string(refusal.code) + " " + refusal.message;
  }
};

Parsed Parse(std::string_view text) {
  Parsed parsed;
  parsed.text = text;
  parsed.text.resize(text.size() + ProduceRequestParser::kPadding);
  std::vector<TextSpan> spans;
  json::ObjectSplitter splitter;
  for (size_t at = 0;;) {
    const auto step = splitter.Next(text.substr(at));
    if (step.found == json::ObjectSplitter::Found::kNothing) break;
    spans.push_back({static_cast<uint32_t>(at + step.begin), static_cast<uint32_t>(at + step.end)});
    at += step.end;
    if (step.found != json::ObjectSplitter::Found::kObject) break;
  }
  StreamedRecordParser parser;
  parsed.is_json =
      parser.Parse(parsed.text.data(), text.size(), spans, &parsed.records, &parsed.fault);
  return parsed;
}

std::string RefusalOf(std::string_view record) {
  const Parsed parsed = Parse(record);
  EXPECT_TRUE(parsed.is_json) << record << parsed.fault;
  return parsed.records.records.empty() ? "" : parsed.refusal(0);
}

TEST(StreamedRecordsTest, EachTypeOfDataBecomesItsBytes) {
  const Parsed parsed =
      Parse(R"({"key":{"type":"STRING","data":"a\u00fc"},"value":{"type":"BINARY","data":"AP8="}})"
            R"({"value":{"data":{ "a" : [1.0, 12345678901234567890] },"type":"JSON"}})");
  ASSERT_TRUE(parsed.is_json);
  ASSERT_EQ(parsed.records.records.size(), 2u);
  EXPECT_EQ(parsed.produced(0).key.view(), "aü");
  EXPECT_EQ(parsed.produced(0).value.view(), std::string_view("\0\xff", 2));
  EXPECT_EQ(parsed.records.records[0].key.type, DataType::kString);
  EXPECT_EQ(parsed.records.records[0].key.size, 3);
  EXPECT_EQ(parsed.records.records[0].value.size, 2);
  EXPECT_EQ(parsed.records.records[1].key.type, DataType::kAbsent);
  EXPECT_EQ(parsed.produced(1).value.view(), R"({"a":[1.0,12345678901234567890]})");
}

TEST(StreamedRecordsTest, ManyDifferentSchemasTakeNoQuadraticTime) {
  constexpr size_t kRecords = 500'000;
  std::string text = R"({"entries":[)";
  for (size_t i = 0; i < kRecords; ++i) {
    if (i > 0) text += ',';
    text += R"({"id":"e","value":{"schema_id":)" + std::to_string(i) + R"(,"data":1}})";
  }
  text += "]}";
  const size_t size = text.size();
  text.resize(size + ProduceRequestParser::kPadding);
  StreamedRecords records;
  RecordRefusal fault;
  ASSERT_TRUE(StreamedRecordParser().ParseBatch(text.data(), size, &records, &fault));
  ASSERT_EQ(records.records.size(), kRecords);
  EXPECT_EQ(records.specs.size(), kRecords);
  EXPECT_EQ(records.records[kRecords - 1].value.spec, kRecords - 1);
}

TEST(StreamedRecordsTest, EqualSchemasAreOne) {
  const Parsed parsed =
      Parse(R"({"key":{"schema_id":1,"data":1},"value":{"schema_id":2,"data":1}})"
            R"({"value":{"schema_id":3,"data":1}}{"value":{"schema_id":4,"data":1}})"
            R"({"key":{"schema_id":1,"data":1},"value":{"schema_id":2,"data":1}})");
  ASSERT_EQ(parsed.records.records.size(), 4u);
  EXPECT_EQ(parsed.records.specs.size(), 4u);
  EXPECT_EQ(parsed.records.records[3].key.spec, parsed.records.records[0].key.spec);
  EXPECT_EQ(parsed.records.records[3].value.spec, parsed.records.records[0].value.spec);
}

TEST(StreamedRecordsTest, NullEmptyAndAbsentDiffer) {
  const Parsed parsed =
      Parse(R"({}{"key":null,"value":null}{"value":{"type":"STRING","data":""}})"
            R"({"value":{"type":"BINARY","data":null}}{"value":{"type":"JSON"}})");
  ASSERT_EQ(parsed.records.records.size(), 5u);
  for (const size_t index : {0, 1}) {
    EXPECT_EQ(parsed.records.records[index].value.type, DataType::kAbsent);
    EXPECT_TRUE(parsed.produced(index).value.is_null());
  }
  EXPECT_FALSE(parsed.produced(2).value.is_null());
  EXPECT_EQ(parsed.records.records[2].value.size, 0);
  for (const size_t index : {3, 4}) {
    EXPECT_TRUE(parsed.produced(index).value.is_null());
    EXPECT_EQ(parsed.records.records[index].value.size, -1);
    EXPECT_NE(parsed.records.records[index].value.type, DataType::kAbsent);
  }
}

TEST(StreamedRecordsTest, PartitionsTimestampsAndHeadersAreRead) {
  const Parsed parsed = Parse(
      R"({"partition_id":7,"timestamp":"2026-08-01T10:15:30.123Z","headers":[)"
      R"({"name":"a","value":"AQ=="},{"name":"\u0062","value":null},{"value":"","name":"a"}]})"
      R"({"partitionId":"3","timestamp":1.5,"originalSize":12}{"timestamp":""}{"timestamp":"2"})");
  ASSERT_EQ(parsed.records.records.size(), 4u);
  EXPECT_EQ(parsed.produced(0).partition, 7);
  EXPECT_EQ(parsed.produced(0).timestamp_ms, 1785579330123);
  ASSERT_EQ(parsed.produced(0).header_count, 3u);
  const auto& headers = parsed.records.request.headers;
  EXPECT_EQ(headers[0].name.view(), "a");
  EXPECT_EQ(headers[0].value.view(), "\x01");
  EXPECT_EQ(headers[1].name.view(), "b");
  EXPECT_TRUE(headers[1].value.is_null());
  EXPECT_FALSE(headers[2].value.is_null());
  EXPECT_EQ(parsed.produced(1).partition, 3);
  EXPECT_EQ(parsed.produced(1).timestamp_ms, 1500);
  EXPECT_EQ(parsed.produced(2).timestamp_ms, kNoTimestamp);
  EXPECT_EQ(parsed.produced(3).timestamp_ms, 2000);
}

TEST(StreamedRecordsTest, ARefusedRecordLeavesItsNeighboursAlone) {
  const Parsed parsed =
      Parse(R"({"value":{"type":"BINARY","data":1}}{"value":{"type":"STRING","data":"a"}})"
            R"({"headers":[{"name":"a"}],"x":{"y":[1]}}{"key":{"type":"JSON","data":1}})");
  ASSERT_TRUE(parsed.is_json);
  ASSERT_EQ(parsed.records.records.size(), 4u);
  EXPECT_EQ(parsed.refusal(0), "400 Bad Request: data=1 is not a base64 string.");
  EXPECT_EQ(parsed.refusal(1), "");
  EXPECT_EQ(parsed.produced(1).value.view(), "a");
  EXPECT_NE(parsed.refusal(2), "");
  EXPECT_TRUE(parsed.records.request.headers.empty());
  EXPECT_EQ(parsed.produced(3).key.view(), "1");
}

TEST(StreamedRecordsTest, AnUnknownFieldHasTheTextOfConfluent) {
  EXPECT_EQ(RefusalOf(R"({"records":[{"subject":"foobar"}]})"),
            "400 Unrecognized field \"records\" (class "
            "io.confluent.kafkarest.entities.v3.AutoValue_ProduceRequest$Builder), not marked as "
            "ignorable (6 known properties: \"value\", \"originalSize\", \"partitionId\", "
            "\"headers\", \"key\", \"timestamp\")");
}

TEST(StreamedRecordsTest, WrongDataIsNamed) {
  EXPECT_EQ(RefusalOf(R"({"value":{"type":"BINARY","data":"f_"}})"),
            "400 Bad Request: data=\"f_\" is not a valid base64 string.");
  EXPECT_EQ(RefusalOf(R"({"value":{"type":"BINARY","data":{"a": 1}}})"),
            "400 Bad Request: data={\"a\":1} is not a base64 string.");
  EXPECT_EQ(RefusalOf(R"({"value":{"type":"STRING","data":1}})"),
            "400 Bad Request: data=1 is not a string.");
  EXPECT_EQ(RefusalOf(R"({"partition_id":-1})"), "40402 Partition not found.");
}

TEST(StreamedRecordsTest, MembersThatExcludeEachOtherAreRefused) {
  for (const std::string_view value : {
           R"({"subject":"s","subject_name_strategy":"TOPIC_NAME","schema_id":1,"data":1})",
           R"({"schema_id":1,"schema_version":2,"data":1})",
           R"({"type":"AVRO","schema":"{}","schema_id":1,"data":1})",
           R"({"type":"AVRO","data":1})",
           R"({"type":"AVRO","schema_id":1,"data":1})",
           R"({"type":"STRING","schema":"{}","data":"a"})",
           R"({"type":"BINARY","subject":"s","data":""})",
           R"({"type":"JSON","schema_version":1,"data":1})",
           R"({"schema":"{}","data":1})",
           R"({"type":"avro","schema":"{}","data":1})",
           R"({"subject_name_strategy":"TopicName","data":1})",
           R"({"type":1,"data":1})",
           R"({"schema_id":"x","data":1})",
           R"([1])",
           R"("text")",
       }) {
    const std::string record = "{\"value\":" + std::string(value) + "}";
    EXPECT_TRUE(RefusalOf(record).starts_with("400 ")) << record << RefusalOf(record);
  }
}

TEST(StreamedRecordsTest, DataWithASchemaStaysJsonAndSaysWhichSchema) {
  const Parsed parsed =
      Parse(R"({"value":{"data": {"a" : 1}}}{"value":{"schema_id":7,"data":2}}{"key":{"data":3},)"
            R"("value":{"type":"AVRO","schema":"{\"type\":\"int\"}","subject":"s","data":4}})");
  ASSERT_TRUE(parsed.is_json);
  EXPECT_EQ(parsed.records.specs,
            (std::vector<std::string>{
                R"({"part":"value"})", R"({"part":"value","schema_id":7})", R"({"part":"key"})",
                R"({"part":"value","type":"AVRO","subject":"s","schema":"{\"type\":\"int\"}"})"}));
  EXPECT_EQ(parsed.produced(0).value.view(), R"({"a":1})");
  EXPECT_EQ(parsed.records.records[2].key.spec, 2u);
  EXPECT_EQ(parsed.records.records[2].value.spec, 3u);
  EXPECT_EQ(parsed.records.records[2].value.type, DataType::kSchema);
}

TEST(StreamedRecordsTest, ATextThatIsNoJsonEndsTheRecords) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({}{"a" 1}{})", "at byte 5"},
      {R"({}{"a":})", "at byte 5"},
      {R"({}{"value":{"type":"STRING","data":"\x"}})", "at byte"},
      {R"({}{"value":])", "at byte 9"},
      {"{}{\"a\":\"\xff\"}{}", "UTF-8"},
      {"{}{\"a\":\"\n\"}{}", "control character"},
      {R"({}{"a":01})", "at byte 5"},
  };
  for (const auto& [text, fault] : cases) {
    const Parsed parsed = Parse(text);
    EXPECT_FALSE(parsed.is_json) << text;
    EXPECT_EQ(parsed.records.records.size(), 1u) << text;
    EXPECT_NE(parsed.fault.find(fault), std::string::npos) << text << parsed.fault;
  }
}

TEST(StreamedRecordsTest, TheSizeOfARecordIsThatOfItsText) {
  const Parsed parsed = Parse(R"( { "value" : null }  {})");
  ASSERT_EQ(parsed.records.records.size(), 2u);
  EXPECT_EQ(parsed.records.records[0].text_size, 18u);
  EXPECT_EQ(parsed.records.records[1].text_size, 2u);
}

}  // namespace
}  // namespace sluice
