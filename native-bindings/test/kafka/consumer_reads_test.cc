// Reads: what they return, when they end, and what becomes of their records.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kafka/consumer_fixture.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

using ConsumerReadsTest = ConsumerTest;

TEST_F(ConsumerReadsTest, TheFirstReadAfterASubscriptionHasData) {
  cluster().CreateTopic("t", {Numbered("a", 3), Numbered("b", 3)});
  const auto consumer = Subscribed("t");
  DrivenRead read = StartRead(consumer, AtOnce());
  read.Run();
  EXPECT_GT(read.records().size(), 0u);
}

TEST_F(ConsumerReadsTest, RecordsComeInOrderAndOnce) {
  cluster().CreateTopic("t", 3);
  std::vector<std::vector<std::string>> written;
  for (int32_t partition = 0; partition < 3; ++partition) {
    written.push_back(Numbered(std::to_string(partition) + '-', 500));
    cluster().Write("t", partition, written.back());
  }
  const auto consumer = Subscribed("t");
  std::vector<std::vector<std::string>> read(3);
  for (const auto& record : Read(consumer, 1500)) {
    EXPECT_EQ(record.topic, "t");
    EXPECT_EQ(record.offset, static_cast<int64_t>(read[record.partition].size()));
    read[record.partition].push_back(record.value.value_or("null"));
  }
  EXPECT_EQ(read, written);
  EXPECT_TRUE(ReadNothing(consumer).is_empty());
}

TEST_F(ConsumerReadsTest, ARecordIsRenderedWithAllThatWasAskedFor) {
  ConsumerSettings settings = Settings();
  settings.format = Format::kBinary;
  const auto consumer = Assigned("t", settings);
  cluster().WriteRecord("t", {.timestamp_ms = 1234567890123,
                              .key = "k",
                              .value = std::string("\0\xff", 2),
                              .headers = {{"h", "\x01"}, {"h", std::nullopt}, {"e", ""}}});
  cluster().WriteRecord("t", {.timestamp_ms = 5, .value = ""});
  ReadLimits limits = Limits(1000);
  DrivenRead bare = StartRead(consumer, limits);
  bare.Run(false);
  EXPECT_EQ(bare.json(), R"([{"topic":"t","key":"aw==","value":"AP8=","partition":0,"offset":0},)"
                         R"({"topic":"t","key":null,"value":"","partition":0,"offset":1}])");
  limits.headers = true;
  limits.timestamp = true;
  DrivenRead full = StartRead(consumer, limits);
  full.Run();
  EXPECT_EQ(full.json(),
            R"([{"topic":"t","key":"aw==","value":"AP8=","partition":0,"offset":0,)"
            R"("headers":[{"name":"h","value":"AQ=="},{"name":"h","value":null},)"
            R"({"name":"e","value":""}],"timestamp":1234567890123},)"
            R"({"topic":"t","key":null,"value":"","partition":0,"offset":1,"headers":[],)"
            R"("timestamp":5}])");
}

TEST_F(ConsumerReadsTest, EachRecordIsInExactlyOneOfTwoReads) {
  cluster().CreateTopic("t", {Numbered("a", 1000), Numbered("b", 1000)});
  const auto consumer = Subscribed("t");
  std::multiset<std::string> seen;
  std::vector<std::thread> clients;
  std::mutex mutex;
  for (int c = 0; c < 2; ++c) {
    clients.emplace_back([&] {
      for (size_t total = 0; total < 2000;) {
        ReadLimits limits = AtOnce();
        limits.max_bytes = 500;
        limits.timeout_ms = 1000;
        DrivenRead read = StartRead(consumer, limits);
        read.Run();
        const auto values = read.values();
        std::lock_guard lock(mutex);
        seen.insert(values.begin(), values.end());
        total = seen.size();
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(seen.size(), 2000u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 2000u);
}

TEST_F(ConsumerReadsTest, AReadThatWaitsForItsTurnWaitsNoLongerThanItAskedFor) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  DrivenRead first = StartRead(consumer, AtOnce());
  ASSERT_TRUE(first.TakeChunk());  // And does not end.
  DrivenRead second = StartRead(consumer, Limits(200));
  second.Run();
  EXPECT_TRUE(second.is_empty());
  DrivenRead third = StartRead(consumer, AtOnce());
  cluster().Write("t", 0, {"b"});
  first.Run();
  third.Run();
  // The first records need not have come with one fetch.
  const size_t count = first.records().size() + third.records().size();
  EXPECT_FALSE(third.is_empty());
  EXPECT_EQ(count + Read(consumer, 11 - count).size(), 11u);
}

TEST_F(ConsumerReadsTest, AReadThatIsNotDeliveredGivesItsRecordsAgainInOrder) {
  cluster().CreateTopic("t", 3);
  for (int32_t partition = 0; partition < 3; ++partition) {
    cluster().Write("t", partition, Numbered(std::to_string(partition) + '-', 300));
  }
  const auto consumer = Subscribed("t");
  const auto delivered = Read(consumer, 1);
  for (int i = 0; i < 3; ++i) {
    DrivenRead lost = StartRead(consumer, AtOnce());
    lost.Run(false);
    EXPECT_GT(lost.records().size(), 0u);
  }
  std::vector<int64_t> next(3);
  for (const auto& record : delivered) {
    EXPECT_EQ(record.offset, next[record.partition]++);
  }
  for (const auto& record : Read(consumer, 900 - delivered.size())) {
    EXPECT_EQ(record.offset, next[record.partition]++);
  }
  EXPECT_EQ(next, (std::vector<int64_t>{300, 300, 300}));
}

TEST_F(ConsumerReadsTest, AClientThatLeavesInTheMiddleLosesNothing) {
  const auto consumer = Assigned("t");
  const std::vector<std::string> values(40, std::string(50'000, 'v'));
  cluster().Write("t", 0, values);
  DrivenRead lost = StartRead(consumer, Limits());
  ASSERT_TRUE(lost.TakeChunk());
  lost.WriteChunk();
  ASSERT_TRUE(lost.TakeChunk());
  lost.End(false);
  const auto records = Read(consumer, 40);
  EXPECT_EQ(records[0].offset, 0);
  EXPECT_TRUE(ValuesOf(records) == values);
}

TEST_F(ConsumerReadsTest, AnEndThatComesBeforeTheLastChunkIsNoDelivery) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a"});
  DrivenRead read = StartRead(consumer, Limits());
  ASSERT_TRUE(read.TakeChunk());
  ASSERT_FALSE(read.is_whole());
  read.End(true);
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"a"});
}

TEST_F(ConsumerReadsTest, AResponseThatEndsBeforeItsReadIsDeliveredAsFarAsItSays) {
  cluster().CreateTopic("t", 3);
  for (int32_t partition = 0; partition < 3; ++partition) {
    cluster().Write("t", partition, Numbered(std::to_string(partition) + '-', 10));
  }
  const auto consumer = Create();
  Assign(consumer, {{"t", 0}, {"t", 1}, {"t", 2}});
  DrivenRead read = StartRead(consumer, Limits(2000));
  while (read.TakeChunk()) read.WriteChunk();
  ASSERT_EQ(read.records().size(), 30u);
  // All of one, some of another, nothing of the third; and one that it never had.
  read.EndAt({{{"t", 0}, 10, {}}, {{"t", 1}, 4, {}}, {{"other", 1}, 4, {}}});
  Commit(consumer);
  EXPECT_EQ(cluster().Committed("group", "t", 0), 10);
  EXPECT_EQ(cluster().Committed("group", "t", 1), 4);
  EXPECT_LT(cluster().Committed("group", "t", 2), 0);
  std::vector<int64_t> next = {10, 4, 0};
  for (const auto& record : Read(consumer, 16)) EXPECT_EQ(record.offset, next[record.partition]++);
  EXPECT_EQ(next, (std::vector<int64_t>{10, 10, 10}));
}

TEST_F(ConsumerReadsTest, AResponseMayEndWhileItsReadGoesOn) {
  const auto consumer = Assigned("t");
  const std::vector<std::string> values(40, std::string(50'000, 'v'));
  cluster().Write("t", 0, values);
  DrivenRead read = StartRead(consumer, Limits());
  ASSERT_TRUE(read.TakeChunk());
  ASSERT_TRUE(read.TakeChunk());
  read.EndAt({{{"t", 0}, 2, {}}});
  const auto records = Read(consumer, 38);
  EXPECT_EQ(records[0].offset, 2);
  EXPECT_EQ(records.size(), 38u);
}

TEST_F(ConsumerReadsTest, AResponseWithoutRecordsLeavesThemToTheNextRead) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a", "b"});
  for (int i = 0; i < 2; ++i) {
    DrivenRead read = StartRead(consumer, AtOnce());
    ASSERT_TRUE(read.TakeChunk());
    read.EndAt({});
  }
  EXPECT_EQ(ReadValues(consumer, 2), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ConsumerReadsTest, ASeekDuringAResponseCountsMoreThanWhereItEnds) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 5));
  DrivenRead read = StartRead(consumer, Limits());
  ASSERT_TRUE(read.TakeChunk());
  Seek(consumer, {"t", 0}, 4);
  read.EndAt({{{"t", 0}, 1, {}}});
  EXPECT_EQ(Read(consumer, 1)[0].offset, 4);
}

TEST_F(ConsumerReadsTest, AReadWithoutRecordsEndsAtItsTimeout) {
  const auto consumer = Assigned("t");
  const auto start = steady_clock::now();
  EXPECT_TRUE(ReadNothing(consumer, 400).is_empty());
  EXPECT_GE(steady_clock::now() - start, milliseconds(400));
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(ConsumerReadsTest, AReadWithoutTimeTakesWhatIsThere) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  std::vector<std::string> values;
  EXPECT_TRUE(Eventually([&] {
    for (const auto& value : ReadNothing(consumer, 0).values()) values.push_back(value);
    return values.size() == 10;
  }));
  EXPECT_EQ(values, Numbered("a", 10));
}

TEST_F(ConsumerReadsTest, TheFirstChunkDoesNotWaitForTheTimeout) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"a"});
  DrivenRead read = StartRead(consumer, Limits(60'000));
  ASSERT_TRUE(read.TakeChunk());
  EXPECT_FALSE(read.is_whole());
  EXPECT_EQ(read.json().front(), '[');
  // Nor do records that come later.
  cluster().Write("t", 0, {"b"});
  ASSERT_TRUE(read.TakeChunk());
  EXPECT_FALSE(read.is_whole());
  EXPECT_NE(read.json().find("\"b\""), std::string::npos);
  read.End(false);
}

TEST_F(ConsumerReadsTest, AReadEndsWhenItHasMoreThanItHasToWaitFor) {
  const auto consumer = Assigned("t");
  ReadLimits limits = Limits();
  limits.min_bytes = 200;
  cluster().Write("t", 0, {std::string(100, 'a'), std::string(100, 'b')});
  DrivenRead read = StartRead(consumer, limits);
  while (read.json().find("bbb") == std::string::npos) ASSERT_TRUE(read.TakeChunk());
  EXPECT_FALSE(read.is_whole());
  cluster().Write("t", 0, {"c"});
  read.Run();
  EXPECT_EQ(read.records().size(), 3u);
}

TEST_F(ConsumerReadsTest, ASteadyTrickleDoesNotPutOffTheDeadline) {
  const auto consumer = Assigned("t");
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) cluster().Write("t", 0, Numbered("a", 20));
  });
  const auto start = steady_clock::now();
  DrivenRead read = StartRead(consumer, Limits(500));
  read.Run();
  const auto duration = steady_clock::now() - start;
  stop = true;
  writer.join();
  EXPECT_TRUE(read.is_whole());
  EXPECT_GE(duration, milliseconds(500));
  EXPECT_LT(duration, std::chrono::seconds(20));
}

TEST_F(ConsumerReadsTest, MaxBytesIsAnExclusiveBoundOnKeysAndValues) {
  const auto consumer = Assigned("t");
  for (int i = 0; i < 4; ++i) {
    cluster().WriteRecord("t", {.key = std::string(40, 'k'), .value = std::string(60, 'v')});
  }
  ReadLimits limits = Limits();
  limits.max_bytes = 200;
  DrivenRead one = StartRead(consumer, limits);
  one.Run(false);
  EXPECT_EQ(one.records().size(), 1u);
  limits.max_bytes = 201;
  DrivenRead two = StartRead(consumer, limits);
  two.Run();
  EXPECT_EQ(two.records().size(), 2u);
  DrivenRead rest = StartRead(consumer, Limits(500));
  rest.Run();
  EXPECT_EQ(rest.records().size(), 2u);
  EXPECT_EQ(rest.records()[0].offset, 2);
}

TEST_F(ConsumerReadsTest, TombstonesCountNothing) {
  const auto consumer = Assigned("t");
  for (int i = 0; i < 3; ++i) cluster().WriteRecord("t", {});
  ReadLimits limits = Limits(1000);
  limits.max_bytes = 1;
  DrivenRead read = StartRead(consumer, limits);
  read.Run();
  EXPECT_EQ(read.values(), (std::vector<std::string>{"null", "null", "null"}));
}

TEST_F(ConsumerReadsTest, ARecordLargerThanAReadMayReturnIsAFault) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"before", std::string(1000, 'x'), "after"});
  ReadLimits limits = Limits(60'000);
  limits.max_bytes = 100;
  DrivenRead before = StartRead(consumer, limits);
  before.Run();
  EXPECT_EQ(before.values(), std::vector<std::string>{"before"});
  // The position stays.
  for (int i = 0; i < 2; ++i) {
    DrivenRead refused = StartRead(consumer, limits);
    refused.Run();
    ASSERT_TRUE(refused.fault());
    EXPECT_EQ(refused.fault()->kind, MessageKind::kFault);
    EXPECT_EQ(refused.fault()->code, 41301);
    EXPECT_EQ(refused.fault()->text,
              "The record t-0 at offset 1 has 1000 bytes; this read may return fewer than 100 (the "
              "smaller of max_bytes and consumer.request.max.bytes). Raise the limit or seek past "
              "the record.");
  }
  limits.max_bytes = 1001;
  DrivenRead raised = StartRead(consumer, limits);
  raised.Run(false);
  EXPECT_EQ(raised.values()[0], std::string(1000, 'x'));
  Seek(consumer, {"t", 0}, 2);
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"after"});
}

TEST_F(ConsumerReadsTest, ARecordLargerThanAReadMayReturnIsReturnedAloneWhenItShall) {
  ConsumerSettings settings = Settings();
  settings.return_oversized = true;
  const auto consumer = Assigned("t", settings);
  cluster().Write("t", 0, {"before", std::string(1000, 'x'), "after"});
  ReadLimits limits = AtOnce();
  limits.max_bytes = 100;
  for (const std::string& expected :
       {std::string("before"), std::string(1000, 'x'), std::string("after")}) {
    DrivenRead read = StartRead(consumer, limits);
    read.Run();
    EXPECT_EQ(read.values(), std::vector<std::string>{expected});
  }
}

TEST_F(ConsumerReadsTest, RecordsBeforeAnUndecodableOneAreDeliveredThenComesTheFault) {
  ConsumerSettings settings = Settings();
  settings.format = Format::kJson;
  const auto consumer = Assigned("t", settings);
  cluster().Write("t", 0, {R"({"a": 1})", "[2]", "{bad", R"("after")"});
  DrivenRead before = StartRead(consumer, Limits());
  before.Run();
  EXPECT_EQ(before.values(), (std::vector<std::string>{R"({"a":1})", "[2]"}));
  for (int i = 0; i < 2; ++i) {
    DrivenRead refused = StartRead(consumer, Limits());
    refused.Run();
    ASSERT_TRUE(refused.fault());
    EXPECT_EQ(refused.fault()->code, 40801);
    EXPECT_EQ(refused.fault()->text.find("The record t-0 at offset 2 cannot be read: value is not"),
              0u)
        << refused.fault()->text;
  }
  Seek(consumer, {"t", 0}, 3);
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"after"});
}

TEST_F(ConsumerReadsTest, AnUndecodableRecordThatIsLargerThanAChunkIsAFault) {
  ConsumerSettings settings = Settings();
  settings.format = Format::kJson;
  const auto consumer = Assigned("t", settings);
  cluster().Write("t", 0, {"[1]", '"' + std::string(600'000, 'x'), "[3]"});
  EXPECT_EQ(ReadValues(consumer, 1), std::vector<std::string>{"[1]"});
  DrivenRead refused = StartRead(consumer, Limits());
  refused.Run();
  ASSERT_TRUE(refused.fault());
  EXPECT_EQ(refused.fault()->code, 40801);
}

TEST_F(ConsumerReadsTest, ARecordLargerThanAChunkStreamsWhole) {
  for (const Format format : {Format::kString, Format::kJson, Format::kBinary}) {
    ConsumerSettings settings = Settings("group", "one" + std::to_string(static_cast<int>(format)));
    settings.format = format;
    const std::string topic = "t" + std::to_string(static_cast<int>(format));
    const auto consumer = Assigned(topic, settings);
    std::string large;
    while (large.size() < 1'500'000) large += std::to_string(large.size()) + " \\n ";
    cluster().Write(topic, 0, {"[1]", '"' + large + '"', "[3]"});
    DrivenRead read = StartRead(consumer, Limits(1500));
    read.Run();
    const auto records = read.records();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_GT(records[1].value->size(), 1'300'000u);
    EXPECT_TRUE(format != Format::kString || records[1].value == '"' + large + '"');
    Close(consumer);
  }
}

TEST_F(ConsumerReadsTest, AReadMayEndInTheMiddleOfARecordThatIsLargerThanAChunk) {
  const auto consumer = Assigned("t");
  const std::string large(1'500'000, 'x');
  cluster().Write("t", 0, {"a", large});
  DrivenRead lost = StartRead(consumer, Limits());
  ASSERT_TRUE(lost.TakeChunk());
  ASSERT_TRUE(lost.TakeChunk());
  lost.End(false);
  EXPECT_TRUE(ReadValues(consumer, 2)[1] == large);
}

TEST_F(ConsumerReadsTest, CountersFollowWhatHappens) {
  EngineCounters& counters = Engine::Get().counters();
  const int64_t records = counters.consumed_records;
  const int64_t bytes = counters.consumed_bytes;
  const int64_t returned = counters.returned_reads;
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, {"abc", "de"});
  EXPECT_EQ(Read(consumer, 2).size(), 2u);
  EXPECT_EQ(counters.consumed_records - records, 2);
  EXPECT_EQ(counters.consumed_bytes - bytes, 5);
  EXPECT_EQ(counters.returned_reads - returned, 0);
  cluster().Write("t", 0, {"f"});
  DrivenRead lost = StartRead(consumer, AtOnce());
  lost.Run(false);
  EXPECT_EQ(counters.returned_reads - returned, 1);
}

TEST_F(ConsumerReadsTest, AReadOfNoSubscriptionIsAFault) {
  const auto consumer = Create();
  const DrivenRead read = ReadNothing(consumer);
  ASSERT_TRUE(read.fault());
  EXPECT_EQ(read.fault()->code, 40903);
}

TEST_F(ConsumerReadsTest, ReadsOfAnEnvironmentThatIsGoneGoToTheNextReader) {
  const auto consumer = Assigned("t");
  cluster().Write("t", 0, Numbered("a", 10));
  auto gone = std::make_shared<RecordingOutbox>();
  DrivenRead taken(consumer, *gone, AtOnce());
  ASSERT_TRUE(taken.TakeChunk());
  DrivenRead waiting(consumer, *gone, Limits());
  DrivenRead mine = StartRead(consumer, AtOnce());
  consumer->AbandonReads(gone.get());
  mine.Run();
  EXPECT_EQ(mine.records()[0].offset, 0);
  EXPECT_EQ(gone->Count(2), 0u);
}

class ConsumerBackPressureTest : public ConsumerTest {
 protected:
  void SetLimit(int chunks) {
    EngineLimits limits = TestLimits();
    limits.consume_buffered_bytes = chunks * static_cast<int64_t>(Chunk::kCapacity);
    EXPECT_TRUE(Engine::Get().Configure(limits));
  }

  int ChunksInUse() {
    return static_cast<int>(Engine::Get().chunks().used_bytes() /
                            static_cast<int64_t>(Chunk::kCapacity));
  }
};

TEST_F(ConsumerBackPressureTest, AReaderThatDoesNotReadHoldsTwoChunks) {
  ConsumerSettings settings = Settings();
  Set(&settings, "statistics.interval.ms", "50");
  Set(&settings, "fetch.max.bytes", "1000000");
  Set(&settings, "fetch.message.max.bytes", "262144");
  const auto consumer = Assigned("t", settings);
  const std::vector<std::string> values(80, std::string(50'000, 'v'));
  cluster().Write("t", 0, values);
  DrivenRead read = StartRead(consumer, Limits());
  ASSERT_TRUE(Eventually([&] { return read.waiting() == 2; }));
  std::this_thread::sleep_for(milliseconds(300));
  EXPECT_EQ(read.waiting(), 2u);
  EXPECT_LE(ChunksInUse(), 3);
  // 512 KiB are to be fetched ahead, in one piece more than that at the most.
  EXPECT_GT(Engine::Get().counters().prefetched_bytes, 0);
  EXPECT_LT(Engine::Get().counters().prefetched_bytes, 2'000'000);
  // One chunk that is written lets one more come.
  ASSERT_TRUE(read.TakeChunk());
  read.WriteChunk();
  ASSERT_TRUE(Eventually([&] { return read.waiting() == 2; }));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(read.waiting(), 2u);
  read.End(false);
  EXPECT_TRUE(ReadValues(consumer, 80) == values);
  Close(consumer);
  EXPECT_EQ(Engine::Get().counters().prefetched_bytes, 0);
}

TEST_F(ConsumerBackPressureTest, AReadGoesOnWhenAnotherGivesItsChunksBack) {
  SetLimit(2);
  const auto slow = Assigned("slow", Settings("group", "slow"));
  const auto quick = Assigned("quick", Settings("group", "quick"));
  cluster().Write("slow", 0, std::vector<std::string>(20, std::string(50'000, 's')));
  cluster().Write("quick", 0, std::vector<std::string>(20, std::string(50'000, 'q')));
  DrivenRead holder = StartRead(slow, Limits());
  ASSERT_TRUE(Eventually([&] { return ChunksInUse() == 2; }));
  DrivenRead starved = StartRead(quick, AtOnce());
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(starved.waiting(), 0u);
  ASSERT_TRUE(holder.TakeChunk());
  holder.WriteChunk();
  ASSERT_TRUE(holder.TakeChunk());
  holder.WriteChunk();
  // Both go on with what there is.
  std::thread other([&] { starved.Run(); });
  while (holder.TakeChunk(milliseconds(500))) holder.WriteChunk();
  other.join();
  EXPECT_GT(starved.records().size(), 0u);
  holder.End(false);
}

TEST_F(ConsumerBackPressureTest, AReadWaitsForMemoryNoLongerThanItAskedFor) {
  SetLimit(2);
  const auto slow = Assigned("slow", Settings("group", "slow"));
  const auto quick = Assigned("quick", Settings("group", "quick"));
  cluster().Write("slow", 0, std::vector<std::string>(20, std::string(50'000, 's')));
  cluster().Write("quick", 0, Numbered("q", 3));
  DrivenRead holder = StartRead(slow, Limits());
  ASSERT_TRUE(Eventually([&] { return ChunksInUse() == 2; }));
  const Message fault = AwaitFault(quick);
  EXPECT_EQ(fault.code, kTooManyRequests) << Describe(fault);
  // Nothing is lost.
  holder.End(false);
  EXPECT_EQ(ReadValues(quick, 3), Numbered("q", 3));
}

TEST_F(ConsumerBackPressureTest, ReadsBeyondTheBoundAllEndAtLast) {
  SetLimit(3);
  constexpr int kReaders = 8;
  std::vector<std::shared_ptr<Consumer>> consumers;
  for (int i = 0; i < kReaders; ++i) {
    const std::string name = "t" + std::to_string(i);
    consumers.push_back(Assigned(name, Settings("group", name)));
    cluster().Write(name, 0, std::vector<std::string>(20, std::string(50'000, 'v')));
  }
  std::vector<std::thread> clients;
  std::atomic<int> records{0};
  for (int i = 0; i < kReaders; ++i) {
    clients.emplace_back([&, i] {
      for (int read = 0; read < 20;) {
        DrivenRead each = StartRead(consumers[i], AtOnce());
        each.Run();
        const int count = static_cast<int>(each.records().size());
        if (count == 0) break;
        read += count;
        records += count;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(records, kReaders * 20);
}

}  // namespace
}  // namespace sluice
