#include "kafka/consumer_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sluice {

ConsumerSettings ConsumerTest::Settings(const std::string& group, const std::string& name) {
  ConsumerSettings settings;
  settings.group = group;
  settings.name = name;
  settings.format = Format::kString;
  settings.properties = {
      {"bootstrap.servers", cluster().bootstrap_servers()},
      {"group.id", group},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "earliest"},
      {"allow.auto.create.topics", "false"},
      {"heartbeat.interval.ms", "100"},
      {"fetch.wait.max.ms", "20"},
      {"fetch.queue.backoff.ms", "1"},
      {"queued.max.messages.kbytes", "512"},
      {"reconnect.backoff.max.ms", "500"},
  };
  return settings;
}

std::shared_ptr<Consumer> ConsumerTest::Create(ConsumerSettings settings) {
  ConsumerRegistry& consumers = Engine::Get().consumers();
  const Message reply =
      outbox().Call([&](ReplyTo reply_to) { consumers.Create(std::move(settings), reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
  return consumers.Find(static_cast<uint32_t>(strtoul(reply.text.c_str(), nullptr, 10)));
}

std::shared_ptr<Consumer> ConsumerTest::Subscribed(const std::string& topic) {
  auto consumer = Create();
  Subscribe(consumer, {topic});
  return consumer;
}

std::shared_ptr<Consumer> ConsumerTest::Assigned(const std::string& topic) {
  return Assigned(topic, Settings());
}

std::shared_ptr<Consumer> ConsumerTest::Assigned(const std::string& topic,
                                                 ConsumerSettings settings) {
  cluster().CreateTopic(topic, 1);
  auto consumer = Create(std::move(settings));
  Assign(consumer, {{topic, 0}});
  return consumer;
}

void ConsumerTest::Subscribe(const std::shared_ptr<Consumer>& consumer,
                             std::vector<std::string> topics) {
  const Message reply =
      outbox().Call([&](ReplyTo reply_to) { consumer->Subscribe(std::move(topics), reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

void ConsumerTest::Unsubscribe(const std::shared_ptr<Consumer>& consumer) {
  const Message reply = outbox().Call([&](ReplyTo reply_to) { consumer->Unsubscribe(reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

void ConsumerTest::Assign(const std::shared_ptr<Consumer>& consumer,
                          std::vector<TopicPartition> partitions) {
  const Message reply =
      outbox().Call([&](ReplyTo reply_to) { consumer->Assign(std::move(partitions), reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

std::string ConsumerTest::Assignment(const std::shared_ptr<Consumer>& consumer) {
  return outbox().Call([&](ReplyTo reply_to) { consumer->GetAssignment(reply_to); }).text;
}

std::string ConsumerTest::Subscription(const std::shared_ptr<Consumer>& consumer) {
  return outbox().Call([&](ReplyTo reply_to) { consumer->GetSubscription(reply_to); }).text;
}

void ConsumerTest::AwaitAssignment(const std::shared_ptr<Consumer>& consumer, int partitions) {
  EXPECT_TRUE(Eventually([&] {
    const std::string assignment = Assignment(consumer);
    return std::count(assignment.begin(), assignment.end(), '[') == 1 + partitions;
  })) << Assignment(consumer);
}

Message ConsumerTest::TrySeek(const std::shared_ptr<Consumer>& consumer,
                              std::vector<PartitionOffset> offsets) {
  return outbox().Call([&](ReplyTo reply_to) { consumer->Seek(std::move(offsets), {}, reply_to); });
}

void ConsumerTest::Seek(const std::shared_ptr<Consumer>& consumer, const TopicPartition& partition,
                        int64_t offset) {
  const Message reply = TrySeek(consumer, {{partition, offset, {}}});
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

Message ConsumerTest::TrySeekAll(const std::shared_ptr<Consumer>& consumer, int64_t offset) {
  return outbox().Call([&](ReplyTo reply_to) { consumer->SeekAll(offset, reply_to); });
}

void ConsumerTest::SeekAll(const std::shared_ptr<Consumer>& consumer, int64_t offset) {
  const Message reply = TrySeekAll(consumer, offset);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

Message ConsumerTest::TryCommit(const std::shared_ptr<Consumer>& consumer) {
  return outbox().Call([&](ReplyTo reply_to) { consumer->CommitDelivered(reply_to); });
}

void ConsumerTest::Commit(const std::shared_ptr<Consumer>& consumer) {
  const Message reply = TryCommit(consumer);
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

void ConsumerTest::Close(const std::shared_ptr<Consumer>& consumer) {
  const Message reply = outbox().Call(
      [&](ReplyTo reply_to) { Engine::Get().consumers().Close(consumer->id(), reply_to); });
  EXPECT_EQ(reply.kind, MessageKind::kReply) << Describe(reply);
}

ReadLimits ConsumerTest::Limits(int timeout_ms) {
  ReadLimits limits;
  limits.timeout_ms = timeout_ms;
  limits.max_bytes = 64 << 20;
  return limits;
}

ReadLimits ConsumerTest::AtOnce() {
  ReadLimits limits = Limits();
  limits.min_bytes = 0;
  return limits;
}

DrivenRead ConsumerTest::StartRead(const std::shared_ptr<Consumer>& consumer,
                                   const ReadLimits& limits) {
  return DrivenRead(consumer, outbox(), limits);
}

std::vector<ReadRecord> ConsumerTest::Read(const std::shared_ptr<Consumer>& consumer,
                                           size_t count) {
  std::vector<ReadRecord> records;
  while (records.size() < count) {
    DrivenRead read = StartRead(consumer, AtOnce());
    read.Run();
    const auto some = read.records();
    if (some.empty()) {
      ADD_FAILURE() << "Only " << records.size() << " of " << count << " records came.";
      break;
    }
    records.insert(records.end(), some.begin(), some.end());
  }
  return records;
}

Message ConsumerTest::AwaitFault(const std::shared_ptr<Consumer>& consumer) {
  Message fault;
  EXPECT_TRUE(Eventually([&] {
    DrivenRead read = ReadNothing(consumer, 200);
    if (read.fault()) fault = read.TakeFault();
    return fault.ticket != 0;
  }));
  return fault;
}

std::vector<std::string> ConsumerTest::AwaitValues(const std::shared_ptr<Consumer>& consumer) {
  std::vector<std::string> values;
  EXPECT_TRUE(Eventually([&] {
    const DrivenRead read = ReadNothing(consumer, 100);
    if (!read.fault()) values = read.values();
    return !values.empty();
  }));
  return values;
}

DrivenRead ConsumerTest::ReadNothing(const std::shared_ptr<Consumer>& consumer, int timeout_ms) {
  DrivenRead read = StartRead(consumer, Limits(timeout_ms));
  read.Run();
  return read;
}

void Set(ConsumerSettings* settings, const std::string& name, const std::string& value) {
  std::erase_if(settings->properties, [&](const auto& each) { return each.first == name; });
  settings->properties.emplace_back(name, value);
}

}  // namespace sluice
