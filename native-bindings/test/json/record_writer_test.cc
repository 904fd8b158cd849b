// Consumed records and their JSON, written at once and in pieces of every size.
#include "json/record_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/base64.h"
#include "json/escape.h"
#include "json/json_cases.h"
#include "json/reference_json.h"

namespace sluice {
namespace {

using Outcome = RecordWriter::Outcome;
using std::string_literals::operator""s;

constexpr RecordShape kBinary = {Format::kBinary};
constexpr RecordShape kJson = {Format::kJson};
constexpr RecordShape kString = {Format::kString};
constexpr RecordShape kSchema = {Format::kSchema};

/// A record that owns its bytes, each without a byte to spare.
class OwnedRecord {
 public:
  OwnedRecord& Topic(std::string_view topic) {
    record_.topic = Own(topic).view();
    return *this;
  }
  OwnedRecord& Key(std::string_view key) {
    record_.key = Own(key);
    return *this;
  }
  OwnedRecord& Value(std::string_view value) {
    record_.value = Own(value);
    return *this;
  }
  OwnedRecord& At(int32_t partition, int64_t offset) {
    record_.partition = partition;
    record_.offset = offset;
    return *this;
  }
  OwnedRecord& Timestamp(int64_t timestamp_ms) {
    record_.timestamp_ms = timestamp_ms;
    return *this;
  }
  OwnedRecord& AddHeader(std::string_view name, std::optional<std::string_view> value) {
    headers_.push_back({Own(name), value ? Own(*value) : Bytes()});
    return *this;
  }

  const ConsumedRecord& get() {
    record_.headers = headers_.data();
    record_.header_count = headers_.size();
    return record_;
  }

 private:
  Bytes Own(std::string_view text) {
    owned_.push_back(std::make_unique<char[]>(text.size()));
    text.copy(owned_.back().get(), text.size());
    return {owned_.back().get(), text.size()};
  }

  std::vector<std::unique_ptr<char[]>> owned_;
  std::vector<Header> headers_;
  ConsumedRecord record_;
};

OwnedRecord Record() {
  OwnedRecord record;
  record.Topic("t").At(0, 7);
  return record;
}

std::string WriteAtOnce(RecordWriter* writer, const ConsumedRecord& record) {
  for (size_t capacity = 64;; capacity *= 2) {
    const auto out = std::make_unique<char[]>(capacity);
    size_t written = 0;
    std::string fault;
    switch (writer->Write(record, out.get(), capacity, &written, &fault)) {
      case Outcome::kWritten:
        return std::string(out.get(), written);
      case Outcome::kUndecodable:
        return fault;
      case Outcome::kNoRoom:
        break;
    }
  }
}

std::string WriteInPieces(RecordWriter* writer, const ConsumedRecord& record, size_t capacity) {
  std::string fault;
  if (writer->Begin(record, &fault) == Outcome::kUndecodable) return fault;
  std::string text;
  for (bool is_complete = false; !is_complete;) {
    const auto out = std::make_unique<char[]>(capacity);
    size_t written = 0;
    is_complete = writer->Continue(out.get(), capacity, &written);
    EXPECT_TRUE(is_complete || written == capacity) << "left room in a piece that is not the last";
    text.append(out.get(), written);
  }
  return text;
}

/// The JSON or the fault; at once and in pieces give the same.
std::string WriteIt(RecordShape shape, const ConsumedRecord& record) {
  RecordWriter writer(shape);
  const std::string text = WriteAtOnce(&writer, record);
  EXPECT_EQ(WriteInPieces(&writer, record, 64), text);
  EXPECT_EQ(WriteAtOnce(&writer, record), text) << "the second time";
  return text;
}

TEST(RecordWriterTest, WritesBytesAsBase64) {
  EXPECT_EQ(WriteIt(kBinary, Record().Key("k").Value("ABC").get()),
            R"({"topic":"t","key":"aw==","value":"QUJD","partition":0,"offset":7})");
}

TEST(RecordWriterTest, TellsNullFromEmpty) {
  for (const RecordShape shape : {kBinary, kJson, kString}) {
    EXPECT_EQ(WriteIt(shape, Record().get()),
              R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7})");
  }
  for (const RecordShape shape : {kBinary, kString}) {
    EXPECT_EQ(WriteIt(shape, Record().Key("").Value("").get()),
              R"({"topic":"t","key":"","value":"","partition":0,"offset":7})");
  }
}

TEST(RecordWriterTest, MinifiesJson) {
  EXPECT_EQ(WriteIt(kJson, Record().Key(" 1 ").Value("{ \"a\" : [ 1.0 , \"x y\" ] }\n").get()),
            R"({"topic":"t","key":1,"value":{"a":[1.0,"x y"]},"partition":0,"offset":7})");
  EXPECT_EQ(WriteIt(kJson, Record().Value("null").get()),
            R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7})");
}

TEST(RecordWriterTest, EscapesText) {
  EXPECT_EQ(WriteIt(kString, Record().Key("\"\\/").Value("\b\t\n\f\r\0\x1F\u00E9\u20AC"s).get()),
            "{\"topic\":\"t\",\"key\":\"\\\"\\\\/"
            "\",\"value\":\"\\b\\t\\n\\f\\r\\u0000\\u001F\u00E9\u20AC\","
            "\"partition\":0,\"offset\":7}");
}

TEST(RecordWriterTest, WritesTheLargestNumbers) {
  EXPECT_EQ(
      WriteIt(kBinary, Record().At(2147483647, 9223372036854775807).get()),
      R"({"topic":"t","key":null,"value":null,"partition":2147483647,"offset":9223372036854775807})");
}

TEST(RecordWriterTest, WritesHeadersInOrder) {
  OwnedRecord record = Record();
  record.AddHeader("b", "x").AddHeader("a", std::nullopt).AddHeader("b", "").Timestamp(123);
  EXPECT_EQ(WriteIt({Format::kString, true, false}, record.get()),
            R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7,"headers":[)"
            R"({"name":"b","value":"eA=="},{"name":"a","value":null},{"name":"b","value":""}]})");
  EXPECT_EQ(WriteIt({Format::kBinary, true, false}, Record().get()),
            R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7,"headers":[]})");
}

TEST(RecordWriterTest, WritesTimestamps) {
  EXPECT_EQ(
      WriteIt({Format::kBinary, false, true}, Record().Timestamp(1700000000000).get()),
      R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7,"timestamp":1700000000000})");
  EXPECT_EQ(WriteIt({Format::kBinary, false, true}, Record().Timestamp(-1).get()),
            R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7,"timestamp":null})");
  EXPECT_EQ(WriteIt({Format::kBinary, true, true}, Record().Timestamp(0).AddHeader("n", "").get()),
            R"({"topic":"t","key":null,"value":null,"partition":0,"offset":7,)"
            R"("headers":[{"name":"n","value":""}],"timestamp":0})");
}

TEST(RecordWriterTest, EscapesTopicsAndHeaderNames) {
  EXPECT_EQ(
      WriteIt({Format::kBinary, true, false}, Record().Topic("a\"b").AddHeader("x\ny", "").get()),
      R"({"topic":"a\"b","key":null,"value":null,"partition":0,"offset":7,)"
      R"("headers":[{"name":"x\ny","value":""}]})");
  EXPECT_EQ(WriteIt({Format::kBinary, true, false}, Record().AddHeader("\xFF", "").get()),
            "{\"topic\":\"t\",\"key\":null,\"value\":null,\"partition\":0,\"offset\":7,"
            "\"headers\":[{\"name\":\"\uFFFD\",\"value\":\"\"}]}");
}

TEST(RecordWriterTest, FollowsChangesOfTopicAndPartition) {
  RecordWriter writer(kBinary);
  std::string topic = "one";
  ConsumedRecord record;
  record.topic = topic;
  EXPECT_EQ(WriteAtOnce(&writer, record),
            R"({"topic":"one","key":null,"value":null,"partition":0,"offset":0})");
  record.partition = 1;
  EXPECT_EQ(WriteAtOnce(&writer, record),
            R"({"topic":"one","key":null,"value":null,"partition":1,"offset":0})");
  topic = "two";  // In the same memory.
  EXPECT_EQ(WriteAtOnce(&writer, record),
            R"({"topic":"two","key":null,"value":null,"partition":1,"offset":0})");
}

TEST(RecordWriterTest, SaysWhatCannotBeDecoded) {
  EXPECT_EQ(WriteIt(kJson, Record().Value("{\"a\":}").get()),
            "value is not JSON: found '}' at byte 5, expected a value");
  EXPECT_EQ(WriteIt(kJson, Record().Key("").Value("1").get()),
            "key is not JSON: found the end at byte 0, expected a value");
  EXPECT_EQ(WriteIt(kJson, Record().Value("1 2").get()),
            "value is not JSON: found '2' at byte 2, expected the end");
  EXPECT_EQ(WriteIt(kJson, Record().Value("\"\xFF\"").get()),
            "value is not JSON: found 0xFF at byte 1, expected UTF-8");
  EXPECT_EQ(WriteIt(kString, Record().Key("ab\xC3").get()),
            "key is not UTF-8: found 0xC3 at byte 2, expected UTF-8");
}

TEST(RecordWriterTest, AcceptsTheJsonThatJsonParseAccepts) {
  for (const std::string& text : JsonTexts()) {
    EXPECT_EQ(WriteIt(kJson, Record().Value(text).get()), R"({"topic":"t","key":null,"value":)" +
                                                              *ReferenceMinify(text) +
                                                              R"(,"partition":0,"offset":7})");
  }
  for (const std::string& text : OtherTexts()) {
    if (text.starts_with("\xEF\xBB\xBF")) continue;  // A record may begin with a mark.
    EXPECT_EQ(WriteIt(kJson, Record().Value(text).get()).substr(0, 17), "value is not JSON");
  }
}

TEST(RecordWriterTest, WritesNothingWithoutRoom) {
  OwnedRecord record = Record();
  record.Key("some key").Value("\"some\\nvalue\"").AddHeader("h", "x").Timestamp(5);
  for (const Format format : {Format::kBinary, Format::kJson, Format::kString, Format::kSchema}) {
    if (format == Format::kJson) record.Key("[ 1, 2 ]");
    RecordWriter writer({format, true, true});
    const std::string expected = WriteAtOnce(&writer, record.get());
    bool had_room = false;
    for (size_t capacity = 0; capacity < expected.size() + 64; ++capacity) {
      const auto out = std::make_unique<char[]>(capacity);
      size_t written = 0;
      std::string fault;
      const Outcome outcome = writer.Write(record.get(), out.get(), capacity, &written, &fault);
      ASSERT_NE(outcome, Outcome::kUndecodable);
      ASSERT_TRUE(outcome == Outcome::kWritten || !had_room) << "no room with more room";
      had_room = outcome == Outcome::kWritten;
      const std::string_view text(out.get(), had_room ? written : 0);
      ASSERT_EQ(text, had_room ? expected : "");
    }
    EXPECT_TRUE(had_room);
  }
}

/// What a frame says, with `|` between its parts.
std::string ReadFrame(std::string_view frame) {
  FrameHead head;
  EXPECT_GE(frame.size(), sizeof(head));
  std::memcpy(&head, frame.data(), sizeof(head));
  frame.remove_prefix(sizeof(head));
  std::string text =
      std::to_string(head.partition) + "@" + std::to_string(static_cast<int64_t>(head.offset));
  for (const int32_t size : {head.begin_size, head.key_size, head.value_size}) {
    text += "|";
    text += size < 0 ? "null" : frame.substr(0, static_cast<size_t>(size));
    if (size > 0) frame.remove_prefix(static_cast<size_t>(size));
  }
  return text.append("|").append(frame);
}

TEST(RecordWriterTest, WritesFramesForFormatsWithSchemas) {
  EXPECT_EQ(ReadFrame(WriteIt(kSchema, Record().Key("k\n").Value("\0v\xFF"s).get())),
            "0@7|{\"topic\":\"t\",\"key\":|k\n|\0v\xFF|,\"partition\":0,\"offset\":7}\n"s);
  EXPECT_EQ(ReadFrame(WriteIt(kSchema, Record().At(2147483647, int64_t{1} << 53).get())),
            "2147483647@9007199254740992|{\"topic\":\"t\",\"key\":|null|null|"
            ",\"partition\":2147483647,\"offset\":9007199254740992}\n");
  EXPECT_EQ(ReadFrame(WriteIt(kSchema, Record().Key("").Value("").get())),
            "0@7|{\"topic\":\"t\",\"key\":|||,\"partition\":0,\"offset\":7}\n");
}

TEST(RecordWriterTest, WritesHeadersAndTimestampsBehindTheBytesOfAFrame) {
  OwnedRecord record = Record();
  record.Value("v").AddHeader("x\ny", "A").AddHeader("\xFF", std::nullopt).Timestamp(5);
  EXPECT_EQ(ReadFrame(WriteIt({Format::kSchema, true, true}, record.get())),
            "0@7|{\"topic\":\"t\",\"key\":|null|v|,\"partition\":0,\"offset\":7,"
            "\"headers\":[{\"name\":\"x\\ny\",\"value\":\"QQ==\"},"
            "{\"name\":\"\uFFFD\",\"value\":null}],\"timestamp\":5}\n");
}

class RandomRecords {
 public:
  OwnedRecord Next(Format format) {
    OwnedRecord record;
    record.Topic(Pick({"t", "orders", "a\"b", "\u00E9"}));
    record.At(static_cast<int32_t>(random_() % 100),
              static_cast<int64_t>(random_() >> random_() % 64));
    record.Timestamp(random_() % 3 == 0 ? -1 : static_cast<int64_t>(random_() >> 20));
    if (random_() % 3 != 0) record.Key(Payload(format));
    if (random_() % 5 != 0) record.Value(Payload(format));
    for (size_t i = random_() % 4; i > 0; --i) {
      const std::string name = Pick({"", "name", "x\ny", "\xFF\xFE", "\u20AC"});
      if (random_() % 4 == 0) {
        record.AddHeader(name, std::nullopt);
      } else {
        record.AddHeader(name, Payload(Format::kBinary));
      }
    }
    return record;
  }

  size_t Below(size_t limit) { return random_() % limit; }

 private:
  std::string Pick(const std::vector<std::string>& choices) {
    return choices[Below(choices.size())];
  }

  std::string Payload(Format format) {
    std::string payload;
    if (format == Format::kJson) {
      const std::vector<std::string> texts = JsonTexts();
      payload = Pick(texts);
      for (size_t i = Below(3); i > 0; --i) payload = "[ " + payload + ", " + Pick(texts) + " ]";
      return payload.size() < 1000 ? payload : "0";
    }
    for (size_t i = Below(200); i > 0; --i) {
      payload += format == Format::kBinary || format == Format::kSchema
                     ? std::string(1, static_cast<char>(random_()))
                     : Pick({"a", "bcd", "\"", "\\", "\n", "\x01", "\u00E9", "\U0001F600"});
    }
    return payload;
  }

  std::mt19937_64 random_{7};
};

TEST(RecordWriterTest, WritesTheSameInPiecesOfAnySize) {
  RandomRecords records;
  for (const Format format : {Format::kBinary, Format::kJson, Format::kString, Format::kSchema}) {
    RecordWriter writer({format, true, true});
    for (int round = 0; round < 100; ++round) {
      OwnedRecord record = records.Next(format);
      const std::string expected = WriteAtOnce(&writer, record.get());
      if (format != Format::kSchema) {
        ASSERT_EQ(ReferenceMinify(expected), expected);
      }
      for (size_t capacity = 64; capacity < 64 + 90; ++capacity) {
        ASSERT_EQ(WriteInPieces(&writer, record.get(), capacity), expected) << capacity;
      }
      ASSERT_EQ(WriteInPieces(&writer, record.get(), expected.size() + 64), expected);
    }
  }
}

TEST(RecordWriterTest, FillsPiecesOfChangingSize) {
  RandomRecords records;
  RecordWriter writer({Format::kString, true, true});
  for (int round = 0; round < 200; ++round) {
    OwnedRecord record = records.Next(Format::kString);
    const std::string expected = WriteAtOnce(&writer, record.get());
    std::string fault;
    ASSERT_EQ(writer.Begin(record.get(), &fault), Outcome::kWritten);
    std::string text;
    for (bool is_complete = false; !is_complete;) {
      std::string out(64 + records.Below(200), '\0');
      size_t written = 0;
      is_complete = writer.Continue(out.data(), out.size(), &written);
      text.append(out, 0, written);
    }
    ASSERT_EQ(text, expected);
  }
}

TEST(RecordWriterTest, ForgetsARecordThatWasNotWrittenToItsEnd) {
  OwnedRecord whole = Record();
  whole.Value("[ 1 ]");
  OwnedRecord abandoned = Record();
  abandoned.Value("\"" + std::string(1000, 'x') + "\"");
  RecordWriter writer(kJson);
  const std::string expected = WriteAtOnce(&writer, whole.get());
  std::string fault;
  ASSERT_EQ(writer.Begin(abandoned.get(), &fault), Outcome::kWritten);
  char out[100];
  size_t written = 0;
  ASSERT_FALSE(writer.Continue(out, sizeof(out), &written));
  EXPECT_EQ(WriteInPieces(&writer, whole.get(), 64), expected);
}

TEST(RecordWriterTest, WritesRecordsOfMegabytes) {
  const std::string value =
      "[" + std::string(3 << 20, ' ') + "\"" + std::string(3 << 20, 'x') + "\"]";
  OwnedRecord record = Record();
  record.Value(value);
  RecordWriter writer(kJson);
  const std::string expected = WriteAtOnce(&writer, record.get());
  EXPECT_EQ(expected.size(),
            WriteAtOnce(&writer, Record().Value("[\"\"]").get()).size() + (3 << 20));
  EXPECT_EQ(WriteInPieces(&writer, record.get(), 128 << 10), expected);
}

}  // namespace
}  // namespace sluice
