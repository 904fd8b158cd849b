// Drafts: texts out, payloads in, and what is written of them.
#include "kafka/produce_draft.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/producer_fixture.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

using std::string_literals::operator""s;

/// Texts or payloads of some records, and their sizes.
struct Columns {
  std::string bytes;
  std::vector<int32_t> sizes;

  Columns& Add(MaybeBytes part) {
    sizes.push_back(part ? static_cast<int32_t>(part->size()) : -1);
    if (part) bytes += *part;
    return *this;
  }
  /// With a bar behind each, null as such.
  std::string ToString() const {
    std::string text;
    size_t at = 0;
    for (const int32_t size : sizes) {
      text += size < 0 ? "null" : bytes.substr(at, static_cast<size_t>(size));
      text += '|';
      if (size > 0) at += static_cast<size_t>(size);
    }
    return text;
  }
};

class ProduceDraftTest : public ProducerTest {
 protected:
  /// A draft that was not parsed yet.
  std::shared_ptr<ProduceDraft> NewDraft(std::string_view text) {
    Body body(Engine::Get().produce_budget());
    EXPECT_EQ(body.Append(text.data(), text.size()), 0);
    return std::make_shared<ProduceDraft>(std::move(body));
  }

  Message Parse(const std::shared_ptr<ProduceDraft>& draft) {
    return outbox().Call([&](ReplyTo reply_to) { draft->Parse(reply_to); });
  }

  std::shared_ptr<ProduceDraft> Parsed(std::string_view text) {
    auto draft = NewDraft(text);
    const Message reply = Parse(draft);
    EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
    return draft;
  }

  /// The texts from `first` on for which there is room.
  static Columns ReadTexts(const std::shared_ptr<ProduceDraft>& draft, size_t first,
                           size_t capacity = 1000, size_t max_records = 100) {
    Columns columns;
    columns.bytes.resize(capacity);
    columns.sizes.resize(2 * max_records);
    const size_t count =
        draft->ReadTexts(first, columns.bytes.data(), capacity, columns.sizes.data(), max_records);
    columns.sizes.resize(2 * count);
    return columns;
  }

  static int32_t Append(const std::shared_ptr<ProduceDraft>& draft, const Columns& columns) {
    return draft->AppendPayloads(columns.bytes, columns.sizes.data(), columns.sizes.size() / 2);
  }

  Message ProduceIt(const std::string& topic, std::shared_ptr<ProduceDraft> draft,
                    SchemaIds schema_ids = {}) {
    return outbox().Call([&](ReplyTo reply_to) {
      producer().Produce(topic, kAnyPartition, std::move(draft), schema_ids, reply_to);
    });
  }
};

TEST_F(ProduceDraftTest, SaysWhatTheBodySaysOfSchemas) {
  const auto draft = NewDraft(R"({"key_schema":"\"a\"","value_schema_id":7,"records":[{},{}]})");
  const Message reply = Parse(draft);
  EXPECT_EQ(
      draft->DescribeSchemas(),
      R"({"key_schema":"\"a\"","key_schema_id":null,"value_schema":null,"value_schema_id":7})");
  EXPECT_EQ(reply.count, 2);
  EXPECT_EQ(reply.records, 1);
  EXPECT_EQ(Parse(NewDraft(R"({"records":[{}]})")).records, 0);
}

TEST_F(ProduceDraftTest, TheSameSchemasHaveTheSameNumber) {
  const auto number = [&](const char* body) { return Parse(NewDraft(body)).code; };
  EXPECT_EQ(number(R"({"value_schema_id":7,"records":[{}]})"), 7);
  const int32_t of_text = number(R"({"value_schema":"\"a\"","records":[{}]})");
  EXPECT_EQ(number(R"({"records":[{},{}],"value_schema":"\"a\""})"), of_text);
  EXPECT_NE(number(R"({"value_schema":"\"b\"","records":[{}]})"), of_text);
  EXPECT_GE(number(R"({"value_schema_id":-2147483648,"records":[{}]})"), 0);
}

TEST_F(ProduceDraftTest, DroppedPayloadsMayBeGivenAgain) {
  const auto draft = Parsed(R"({"records":[{"value":1},{"value":2}]})");
  const int32_t sizes[] = {-1, 3};
  const Budget& budget = Engine::Get().produce_budget();
  const int64_t before = budget.used();
  EXPECT_EQ(draft->AppendPayloads("abc", sizes, 1), 0);
  draft->DropPayloads();
  EXPECT_EQ(draft->missing_payloads(), 2u);
  EXPECT_EQ(budget.used(), before);
  const int32_t all[] = {-1, 1, -1, 1};
  EXPECT_EQ(draft->AppendPayloads("xy", all, 2), 0);
  EXPECT_EQ(draft->missing_payloads(), 0u);
}

TEST_F(ProduceDraftTest, RefusesBodiesThatAreWrong) {
  const Message reply = Parse(NewDraft(R"({"records":[{"valeu":1}]})"));
  EXPECT_EQ(reply.kind, MessageKind::kFault);
  EXPECT_EQ(reply.code, 422);
}

TEST_F(ProduceDraftTest, HandsOutTextsAsTheyWereWritten) {
  const auto draft =
      Parsed(R"({"records":[{"key":"k","value":{"a": 1.0}},{"value":12345678901234567890},{}]})");
  EXPECT_EQ(ReadTexts(draft, 0).ToString(),
            R"("k"|{"a":1.0}|null|12345678901234567890|null|null|)");
  EXPECT_EQ(ReadTexts(draft, 1).ToString(), "null|12345678901234567890|null|null|");
  EXPECT_EQ(ReadTexts(draft, 3).ToString(), "");
}

TEST_F(ProduceDraftTest, HandsOutAsManyRecordsAsHaveRoom) {
  const auto draft = Parsed(R"({"records":[{"key":1,"value":23},{"value":456},{},{"key":7}]})");
  EXPECT_EQ(ReadTexts(draft, 0, 6).ToString(), "1|23|null|456|null|null|");
  EXPECT_EQ(ReadTexts(draft, 0, 7).ToString(), "1|23|null|456|null|null|7|null|");
  EXPECT_EQ(ReadTexts(draft, 0, 3).ToString(), "1|23|");
  EXPECT_EQ(ReadTexts(draft, 1, 100, 2).ToString(), "null|456|null|null|");
  char none;
  int32_t sizes[2];
  EXPECT_EQ(draft->ReadTexts(0, &none, 0, sizes, 1), 0u);
  EXPECT_EQ(sizes[0], 1);
  EXPECT_EQ(sizes[1], 2);
}

TEST_F(ProduceDraftTest, WritesPayloadsWithAllElseThatTheBodySaid) {
  cluster().CreateTopic("t", 3);
  auto draft = Parsed(
      R"({"records":[{"key":"k","value":1,"partition":2,"timestamp":1234567890123,)"
      R"("headers":[{"name":"h","value":"AQ=="}]},{"value":2,"partition":0},{"partition":0}]})");
  EXPECT_EQ(draft->missing_payloads(), 3u);
  EXPECT_EQ(Append(draft, Columns().Add("\0key"s).Add("value")), 0);
  EXPECT_EQ(draft->missing_payloads(), 2u);
  EXPECT_EQ(Append(draft, Columns().Add(std::nullopt).Add("").Add("").Add(std::nullopt)), 0);
  EXPECT_EQ(draft->missing_payloads(), 0u);
  const Message reply = ProduceIt("t", std::move(draft), {.key = 3, .value = 4});
  EXPECT_EQ(reply.count, 0);
  EXPECT_NE(reply.text.find(R"("key_schema_id":3,"value_schema_id":4})"), std::string::npos);
  const auto first = cluster().ReadAll("t", 2);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].key, "\0key"s);
  EXPECT_EQ(first[0].value, "value");
  EXPECT_EQ(first[0].timestamp_ms, 1234567890123);
  ASSERT_EQ(first[0].headers.size(), 1u);
  EXPECT_EQ(first[0].headers[0].second, "\x01");
  const auto others = cluster().ReadAll("t", 0);
  ASSERT_EQ(others.size(), 2u);
  EXPECT_EQ(others[0].key, std::nullopt);
  EXPECT_EQ(others[0].value, "");
  EXPECT_EQ(others[1].key, "");
  EXPECT_EQ(others[1].value, std::nullopt);
}

TEST_F(ProduceDraftTest, WritesManyRecordsInTheirOrder) {
  cluster().CreateTopic("t", 1);
  constexpr int kRecords = 5000;
  auto draft = Parsed(CountingBody(kRecords));
  for (int i = 0; i < kRecords; i += 100) {
    Columns columns;
    for (int j = i; j < i + 100; ++j) columns.Add(std::nullopt).Add("<" + std::to_string(j) + ">");
    ASSERT_EQ(Append(draft, columns), 0);
  }
  EXPECT_EQ(ProduceIt("t", std::move(draft)).count, 0);
  const auto records = cluster().ReadAll("t", 0);
  ASSERT_EQ(records.size(), static_cast<size_t>(kRecords));
  for (int i = 0; i < kRecords; ++i) EXPECT_EQ(records[i].value, "<" + std::to_string(i) + ">");
}

TEST_F(ProduceDraftTest, CountsItsBodyItsRecordsAndItsPayloadsUntilItIsGone) {
  Budget& budget = Engine::Get().produce_budget();
  const std::string text = R"({"records":[{},{}]})";
  auto draft = Parsed(text);
  const auto parsed = static_cast<int64_t>(text.size()) + 2 * 256;
  EXPECT_EQ(budget.used(), parsed);
  EXPECT_EQ(Append(draft, Columns().Add("12345").Add(std::nullopt)), 0);
  EXPECT_EQ(budget.used(), parsed + 5);
  draft.reset();
  EXPECT_EQ(budget.used(), 0);
}

TEST_F(ProduceDraftTest, SaysWhetherPayloadsWillEverHaveRoom) {
  Budget& budget = Engine::Get().produce_budget();
  auto draft = Parsed(R"({"records":[{}]})");
  const int64_t left = budget.limit() - budget.used();
  const Columns large = Columns().Add(std::string(static_cast<size_t>(left), 'x')).Add("y");
  EXPECT_EQ(Append(draft, large), kRequestTooLarge);
  const Columns fitting = Columns().Add(std::string(static_cast<size_t>(left), 'x')).Add("");
  ASSERT_TRUE(budget.TryTake(1));
  EXPECT_EQ(Append(draft, fitting), kTooManyRequests);
  EXPECT_EQ(draft->missing_payloads(), 1u);
  budget.Give(1);
  EXPECT_EQ(Append(draft, fitting), 0);
}

TEST_F(ProduceDraftTest, IsRefusedByAProducerThatIsClosed) {
  auto draft = Parsed(R"({"records":[{}]})");
  ASSERT_EQ(Append(draft, Columns().Add("k").Add("v")), 0);
  Close(1000);
  const Message reply = ProduceIt("t", std::move(draft));
  EXPECT_EQ(reply.kind, MessageKind::kFault);
  EXPECT_EQ(reply.code, kStopping);
}

}  // namespace
}  // namespace sluice
