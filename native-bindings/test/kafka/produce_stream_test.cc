// Streams of records: what is written, what is answered, and in which order.
#include "kafka/produce_stream.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/engine.h"
#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

using Flow = ProduceStream::Flow;

/// The answers to a stream.
struct Answers {
  std::vector<std::string> lines;  ///< Without their ends.
  bool is_finished = false;
};

class ProduceStreamTest : public ProducerTest {
 protected:
  ProduceStream& Open(const std::string& topic, uint32_t max_record_bytes = 1 << 20) {
    reply_to_ = outbox().NewTicket();
    stream_ = ProduceStream::Create(Producer::Get(producer().properties()),
                                    {topic, "c1", false, {}, max_record_bytes}, reply_to_);
    answers_ = {};
    return *stream_;
  }

  /// Waits for `count` lines more, telling that each is taken; for all when it is nothing.
  std::vector<std::string> Read(std::optional<size_t> count = std::nullopt) {
    const size_t before = answers_.lines.size();
    while (!answers_.is_finished && (!count || answers_.lines.size() < before + *count)) {
      auto message = outbox().Next(reply_to_.ticket);
      if (!message) {
        ADD_FAILURE() << "no answer";
        break;
      }
      Take(*message);
    }
    return {answers_.lines.begin() + static_cast<ptrdiff_t>(before), answers_.lines.end()};
  }

  bool is_finished() const { return answers_.is_finished; }
  /// What the stream said when the last answers were taken.
  Flow flow() const { return flow_; }
  const ReplyTo& reply_to() const { return reply_to_; }

 private:
  void Take(const Message& message) {
    answers_.is_finished = message.kind == MessageKind::kReply;
    size_t lines = 0;
    for (std::string_view rest = message.text; !rest.empty(); ++lines) {
      const size_t end = rest.find("\r\n");
      ASSERT_NE(end, rest.npos);
      answers_.lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 2);
    }
    if (answers_.is_finished) return;
    EXPECT_EQ(lines, static_cast<size_t>(message.count));
    flow_ = stream_->Taken(static_cast<uint32_t>(lines));
  }

  std::shared_ptr<ProduceStream> stream_;
  ReplyTo reply_to_;
  Answers answers_;
  Flow flow_ = Flow::kContinue;
};

std::string TextRecord(std::string_view text) {
  return std::string("{\"value\":{\"type\":\"STRING\",\"data\":\"").append(text).append("\"}}");
}

bool IsReceipt(std::string_view line) { return line.starts_with("{\"error_code\":200,"); }

bool Says(std::string_view line, std::string_view text) {
  return line.find(text) != std::string_view::npos;
}

TEST_F(ProduceStreamTest, ARecordIsAnsweredWhileTheStreamGoesOn) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(stream.Push(TextRecord("v" + std::to_string(i))), Flow::kContinue);
    const auto lines = Read(1);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_TRUE(Says(lines[0],
                     "{\"error_code\":200,\"cluster_id\":\"c1\",\"topic_name\":\"t\","
                     "\"partition_id\":0,\"offset\":" +
                         std::to_string(i) + ",\"timestamp\":\""))
        << lines[0];
    EXPECT_TRUE(lines[0].ends_with("Z\",\"value\":{\"type\":\"STRING\",\"size\":2}}")) << lines[0];
  }
  stream.End();
  EXPECT_TRUE(Read().empty());
  EXPECT_TRUE(is_finished());
  EXPECT_EQ(cluster().ReadAll("t").size(), 3u);
}

TEST_F(ProduceStreamTest, AnEmptyStreamHasNoAnswer) {
  Open("t").End();
  EXPECT_TRUE(Read().empty());
  EXPECT_TRUE(is_finished());
}

TEST_F(ProduceStreamTest, AnswersStandInTheOrderOfRecords) {
  cluster().CreateTopic("t", 3);
  ProduceStream& stream = Open("t");
  std::string body;
  for (int i = 0; i < 3000; ++i) {
    const std::string data = std::to_string(i);
    body += i % 10 == 3 ? "{\"value\":{\"type\":\"BINARY\",\"data\":" + data + "}}"
                        : "{\"partition_id\":" + std::to_string(i % 3) +
                              ",\"value\":{\"type\":\"JSON\",\"data\":" + data + "}}\n";
  }
  stream.Push(body);
  stream.End();
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 3000u);
  for (int i = 0; i < 3000; ++i) {
    if (i % 10 == 3) {
      EXPECT_TRUE(Says(lines[i], "data=" + std::to_string(i) + " is not")) << lines[i];
    } else {
      EXPECT_TRUE(IsReceipt(lines[i])) << lines[i];
      EXPECT_TRUE(Says(lines[i], "\"partition_id\":" + std::to_string(i % 3) + ",")) << lines[i];
    }
  }
  EXPECT_EQ(cluster().ReadAll("t").size(), 2700u);
}

TEST_F(ProduceStreamTest, ABodyThatIsCutAtAnyByteIsTheSame) {
  cluster().CreateTopic("t", 1);
  const std::string body = " " + TextRecord("a\\\"}") + TextRecord("b") + "\n {} " +
                           "{\"key\":{\"type\":\"BINARY\",\"data\":\"aGk=\"}} ";
  for (size_t cut = 0; cut <= body.size(); ++cut) {
    ProduceStream& stream = Open("t");
    stream.Push(std::string_view(body).substr(0, cut));
    stream.Push(std::string_view(body).substr(cut));
    stream.End();
    const auto lines = Read();
    ASSERT_EQ(lines.size(), 4u) << cut;
    for (const auto& line : lines) EXPECT_TRUE(IsReceipt(line)) << cut << line;
  }
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 4 * (body.size() + 1));
  for (size_t i = 0; i < records.size(); i += 4) {
    EXPECT_EQ(records[i].value, "a\"}");
    EXPECT_EQ(records[i + 1].value, "b");
    EXPECT_FALSE(records[i + 2].value.has_value());
    EXPECT_EQ(records[i + 3].key, "hi");
  }
}

TEST_F(ProduceStreamTest, PiecesOfAnySizeKeepTheOrderOfRecords) {
  cluster().CreateTopic("t", 1);
  std::mt19937 random(2);
  std::string body;
  for (int i = 0; i < 5000; ++i) {
    body += TextRecord(std::to_string(i) + "-" + std::string(random() % 50, 'x'));
    if (random() % 3 == 0) body += "\n ";
  }
  ProduceStream& stream = Open("t");
  for (std::string_view rest = body; !rest.empty();) {
    const size_t size = 1 + random() % 2000;
    stream.Push(rest.substr(0, size));
    rest.remove_prefix(std::min(size, rest.size()));
  }
  stream.End();
  EXPECT_EQ(Read().size(), 5000u);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 5000u);
  for (int i = 0; i < 5000; ++i) {
    EXPECT_TRUE(records[i].value->starts_with(std::to_string(i) + "-")) << i;
  }
}

TEST_F(ProduceStreamTest, ATextThatIsNoJsonEndsTheStreamBehindTheRecordsBeforeIt) {
  cluster().CreateTopic("t", 1);
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"value" 1}{})", "Bad Request: Error processing message: "},
      {R"({"value":]})", "Bad Request: Error processing message: "},
      {"[{}]", "Bad Request: Error processing JSON: found an array"},
      {"x", "Bad Request: Error processing JSON: found 'x'"},
      {"{\"a\":\"\xff\"}", "Bad Request: Error processing message: "},
  };
  for (const auto& [text, message] : cases) {
    ProduceStream& stream = Open("t");
    stream.Push(TextRecord("a") + std::string(text));
    const auto lines = Read();
    ASSERT_EQ(lines.size(), 2u) << text;
    EXPECT_TRUE(IsReceipt(lines[0])) << lines[0];
    EXPECT_TRUE(lines[1].starts_with("{\"error_code\":400,\"message\":\"" + std::string(message)))
        << lines[1];
    EXPECT_TRUE(is_finished());
    EXPECT_EQ(stream.Push("{}"), Flow::kEnd);
  }
}

TEST_F(ProduceStreamTest, ARecordThatIsCutByTheEndIsAnError) {
  ProduceStream& stream = Open("t");
  stream.Push("{\"value\":");
  stream.End();
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(Says(lines[0], "found the end of the body")) << lines[0];
}

TEST_F(ProduceStreamTest, ALargeRecordEndsTheStreamWithoutBeingCollected) {
  cluster().CreateTopic("t", 1);
  const std::string large = TextRecord(std::string(2000, 'x'));
  for (const size_t piece_size : {size_t{100}, large.size() + 500}) {
    ProduceStream& stream = Open("t", 1000);
    std::string_view rest = large;
    Flow flow = stream.Push(TextRecord("a"));
    for (; flow == Flow::kContinue && !rest.empty();
         rest.remove_prefix(std::min(piece_size, rest.size()))) {
      flow = stream.Push(rest.substr(0, piece_size));
    }
    EXPECT_EQ(flow, Flow::kEnd);
    const auto lines = Read();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_TRUE(IsReceipt(lines[0]));
    EXPECT_EQ(lines[1],
              "{\"error_code\":400,\"message\":\"Bad Request: Error processing message: Produce "
              "request size is larger than allowed threshold\"}");
  }
}

TEST_F(ProduceStreamTest, ErrorsOfKafkaAreLinesOfTheStream) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  stream.Push(TextRecord("a") +
              "{\"partition_id\":5,\"value\":{\"type\":\"STRING\",\"data\":\"b\"}}" +
              TextRecord("c"));
  stream.End();
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(IsReceipt(lines[0]));
  EXPECT_TRUE(Says(lines[1], "Partition 5 of topic t is not present in metadata.")) << lines[1];
  EXPECT_TRUE(IsReceipt(lines[2]));
}

TEST_F(ProduceStreamTest, AClientThatTakesNoAnswersIsNotReadFrom) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  std::string records;
  for (int i = 0; i < 1000; ++i) records += "{}";
  int pushed = 0;
  Flow flow = Flow::kContinue;
  for (; flow == Flow::kContinue && pushed < 100; ++pushed) flow = stream.Push(records);
  EXPECT_EQ(flow, Flow::kPause);
  EXPECT_LE(pushed, 20);
  // Its answers are taken, and it goes on.
  Read(static_cast<size_t>(pushed) * 1000);
  EXPECT_EQ(stream.Push(records), Flow::kContinue);
  stream.End();
  EXPECT_EQ(Read().size(), 1000u);
}

TEST_F(ProduceStreamTest, ARecordAsLargeAsTheWindowLeavesRoomWhenItsAnswerIsTaken) {
  cluster().CreateTopic("t", 1);
  constexpr size_t kSize = size_t{5} << 20;
  Set("message.max.bytes", "10000000");
  ProduceStream& stream = Open("t", 2 * kSize);
  const std::string record = TextRecord(std::string(kSize, 'x'));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(stream.Push(record), Flow::kPause);
    Read(1);
    EXPECT_EQ(flow(), Flow::kContinue);
  }
  stream.End();
  Read();
  EXPECT_TRUE(is_finished());
}

TEST_F(ProduceStreamTest, AMillionRecordsInOnePieceAreStartedAsTheirAnswersAreTaken) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  constexpr size_t kRecords = 200'000;
  std::string body;
  for (size_t i = 0; i < kRecords; ++i) body += "{}";
  EXPECT_EQ(stream.Push(body), Flow::kPause);
  stream.End();
  EXPECT_EQ(Read().size(), kRecords);
}

TEST_F(ProduceStreamTest, AnAbandonedStreamWritesWhatItHasHandedOver) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  stream.Push(TextRecord("a"));
  Read(1);
  stream.Push(TextRecord("b"));
  stream.Abandon();
  EXPECT_EQ(stream.Push(TextRecord("c")), Flow::kEnd);
  while (!is_finished()) Read(1);
  const auto records = cluster().ReadAll("t");
  EXPECT_GE(records.size(), 1u);
  EXPECT_LE(records.size(), 2u);
}

TEST_F(ProduceStreamTest, RecordsOfAnExpiredStreamAreNotWritten) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  stream.Push(TextRecord("a"));
  stream.Expire(408, "too old");
  stream.Push(TextRecord("b") + TextRecord("c"));
  stream.EndWith(0, {});
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(IsReceipt(lines[0]));
  for (const size_t i : {1, 2}) EXPECT_EQ(lines[i], R"({"error_code":408,"message":"too old"})");
  EXPECT_EQ(cluster().ReadAll("t").size(), 1u);
}

TEST_F(ProduceStreamTest, AStreamThatIsEndedAnswersItsRecordsFirst) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  stream.Push(TextRecord("a") + "{\"value\":");
  stream.EndWith(503, "stopping");
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(IsReceipt(lines[0]));
  EXPECT_EQ(lines[1], R"({"error_code":503,"message":"stopping"})");
}

TEST_F(ProduceStreamTest, NothingIsLeftOfItsMemory) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  for (int i = 0; i < 100; ++i) stream.Push(TextRecord(std::string(1000, 'x')) + "{\"a");
  stream.End();
  Read();
  EXPECT_TRUE(Eventually([] {
    Engine& engine = Engine::Get();
    return engine.produce_budget().used() == 0 && engine.arriving_budget().used() == 0 &&
           engine.counters().inflight_records == 0;
  }));
}

TEST_F(ProduceStreamTest, RecordsWithSchemasGetPayloadsAndKeepTheirPlaces) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  stream.Push(TextRecord("a") +
              R"({"key":{"type":"STRING","data":"k"},"value":{"schema_id":7,"data": [1] }})"
              R"({"value":{"schema_id":7,"data":null}}{"value":{"schema_id":7,"data":2}})");
  stream.Push(TextRecord("b"));
  auto message = outbox().Next(reply_to().ticket);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->code, static_cast<int32_t>(StreamPart::kTexts));
  EXPECT_EQ(message->count, 4);
  EXPECT_EQ(stream.DescribeSchemas(), R"([{"part":"value","schema_id":7}])");
  char texts[100];
  int32_t sizes[16];
  ASSERT_EQ(stream.ReadTexts(0, texts, sizeof(texts), sizes, 4), 4u);
  EXPECT_EQ(std::string_view(texts, 4), "[1]2");
  EXPECT_EQ(sizes[2], -2);
  EXPECT_EQ(sizes[4], -2);
  EXPECT_EQ(sizes[6], 3);
  EXPECT_EQ(sizes[10], -1);
  // An encoder that ended before it was ready.
  const int32_t first_size[] = {-2, -2};
  EXPECT_EQ(stream.AppendPayloads("", first_size, 1), 0);
  stream.DropPayloads();
  EXPECT_EQ(stream.missing_payloads(), 4u);
  const int32_t payload_sizes[] = {-2, -2, -2, 2, -2, -1, -2, -2};
  EXPECT_EQ(stream.AppendPayloads("xy", payload_sizes, 4), 0);
  stream.RefuseRecord(3, 400, "Bad Request: no");
  EXPECT_EQ(stream.missing_payloads(), 0u);
  stream.FinishEncoding({R"("type":"AVRO","subject":"s","schema_id":7,"schema_version":1)"});
  stream.End();
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_TRUE(Says(lines[1], R"("key":{"type":"STRING","size":1},"value":{"type":"AVRO",)"
                             R"("subject":"s","schema_id":7,"schema_version":1,"size":2}})"))
      << lines[1];
  EXPECT_TRUE(Says(lines[2], R"("schema_version":1,"size":-1}})")) << lines[2];
  EXPECT_EQ(lines[3], R"({"error_code":400,"message":"Bad Request: no"})");
  EXPECT_TRUE(IsReceipt(lines[4]));
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[1].value, "xy");
  EXPECT_EQ(records[1].key, "k");
  EXPECT_FALSE(records[2].value.has_value());
  EXPECT_EQ(records[3].value, "b");
}

TEST_F(ProduceStreamTest, RecordsWithSchemasMayBeRefusedTogether) {
  cluster().CreateTopic("t", 1);
  ProduceStream& stream = Open("t");
  stream.Push(TextRecord("a") + R"({"value":{"schema_id":7,"data":1}})");
  auto message = outbox().Next(reply_to().ticket);
  ASSERT_TRUE(message);
  stream.RefuseEncoding(40801, "no registry");
  stream.End();
  const auto lines = Read();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(IsReceipt(lines[0]));
  EXPECT_EQ(lines[1], R"({"error_code":40801,"message":"no registry"})");
}

}  // namespace
}  // namespace sluice
