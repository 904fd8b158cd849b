#include "kafka/producer_fixture.h"

#include <simdjson.h>

#include <utility>

namespace sluice {
namespace {

int64_t NumberOr(simdjson::dom::element record, const char* name, int64_t otherwise) {
  simdjson::dom::element element;
  EXPECT_EQ(record[name].get(element), simdjson::SUCCESS) << name;
  if (element.is_null()) return otherwise;
  int64_t number = otherwise;
  EXPECT_EQ(element.get_int64().get(number), simdjson::SUCCESS) << name;
  return number;
}

}  // namespace

std::vector<DeliveredRecord> ParseDeliveries(const Message& reply) {
  std::vector<DeliveredRecord> deliveries;
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  simdjson::dom::parser parser;
  simdjson::dom::element response;
  simdjson::dom::array offsets;
  EXPECT_EQ(parser.parse(reply.text).get(response), simdjson::SUCCESS) << reply.text;
  if (response["offsets"].get_array().get(offsets) != simdjson::SUCCESS) {
    ADD_FAILURE() << reply.text;
    return deliveries;
  }
  for (const simdjson::dom::element each : offsets) {
    std::string_view error;
    if (each["error"].get_string().get(error) != simdjson::SUCCESS) error = {};
    deliveries.push_back(
        {static_cast<int32_t>(NumberOr(each, "partition", -1)), NumberOr(each, "offset", -1),
         static_cast<int32_t>(NumberOr(each, "error_code", 0)), std::string(error)});
  }
  return deliveries;
}

std::string BodyOf(const std::vector<std::string>& records) {
  std::string body = "{\"records\":[";
  for (const auto& record : records) {
    if (body.back() != '[') body.push_back(',');
    body.append(record);
  }
  return body + "]}";
}

std::string CountingBody(int count, int32_t partition) {
  std::vector<std::string> records;
  for (int i = 0; i < count; ++i) {
    std::string record = "{\"value\":" + std::to_string(i);
    if (partition >= 0) record.append(",\"partition\":").append(std::to_string(partition));
    records.push_back(record + '}');
  }
  return BodyOf(records);
}

Properties ProducerTest::DefaultProperties() {
  return {
      {"bootstrap.servers", cluster().bootstrap_servers()},
      {"partitioner", "murmur2_random"},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"message.max.bytes", "1048576"},
      {"delivery.timeout.ms", "60000"},
      {"topic.metadata.propagation.max.ms", "1000"},
      {"linger.ms", "1"},
      {"queue.buffering.max.messages", "0"},
      {"queue.buffering.max.kbytes", "2147483647"},
      {"retry.backoff.ms", "20"},
      {"retry.backoff.max.ms", "100"},
      {"reconnect.backoff.max.ms", "500"},
  };
}

Producer& ProducerTest::producer() {
  if (properties_.empty()) properties_ = DefaultProperties();
  if (!producer_) producer_ = Producer::Get(properties_);
  return *producer_;
}

void ProducerTest::Set(const std::string& name, const std::string& value) {
  if (properties_.empty()) properties_ = DefaultProperties();
  std::erase_if(properties_, [&](const auto& each) { return each.first == name; });
  properties_.emplace_back(name, value);
}

ReplyTo ProducerTest::Start(const std::string& topic, std::string_view text, Format format,
                            int32_t partition) {
  Body body(Engine::Get().produce_budget());
  EXPECT_EQ(body.Append(text.data(), text.size()), 0);
  const ReplyTo reply_to = outbox().NewTicket();
  producer().Produce(topic, partition, format, std::move(body), reply_to);
  return reply_to;
}

Message ProducerTest::Produce(const std::string& topic, std::string_view body, Format format,
                              int32_t partition) {
  return Await(Start(topic, body, format, partition));
}

Message ProducerTest::Await(const ReplyTo& reply_to) {
  auto message = outbox().Next(reply_to.ticket);
  if (message) return std::move(*message);
  ADD_FAILURE() << "The produce was not answered.";
  return {reply_to.ticket, MessageKind::kFault, -1, 0, "not answered", nullptr};
}

int ProducerTest::Close(int timeout_ms) {
  return outbox()
      .Call([&](ReplyTo reply_to) { producer().Close(timeout_ms, std::move(reply_to)); })
      .count;
}

}  // namespace sluice
