// A system that gives no more threads: requests are refused, and the process lives.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <future>
#include <memory>
#include <string>

#include "kafka/admin.h"
#include "kafka/blocking_pool.h"
#include "kafka/body.h"
#include "kafka/consumer/consumer_registry.h"
#include "kafka/engine.h"
#include "kafka/producer.h"
#include "kafka/recording_outbox.h"
#include "kafka/rest_code.h"
#include "kafka/test_cluster.h"
#include "kafka/thread.h"
#include "net/descriptors.h"

namespace sluice {
namespace {

/// Each test runs in a process of its own, because it gives up the user that no limit holds for.
class ThreadLimitTest : public ::testing::Test {
 protected:
  ThreadLimitTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  /// From now on the system gives this process no thread; `limit` of all its user's otherwise.
  static void LimitThreads(rlim_t limit = 1) {
    rlimit limits{};
    ASSERT_EQ(getrlimit(RLIMIT_NPROC, &limits), 0);
    limits.rlim_cur = limit;
    ASSERT_EQ(setrlimit(RLIMIT_NPROC, &limits), 0);
  }

  static void LiftLimit() {
    rlimit limits{};
    getrlimit(RLIMIT_NPROC, &limits);
    LimitThreads(limits.rlim_max);
  }

  /// Runs `body`, and exits with 0 when all of its expectations held.
  [[noreturn]] static void RunAndExit(void (*body)()) {
    constexpr uid_t kNobody = 65534;
    // Now, because it interrupts all threads, which librdkafka's mock cluster does not survive.
    if (getuid() == 0) {
      EXPECT_EQ(setuid(kNobody), 0);
    }
    body();
    // What is written to stderr is shown with the failure of the parent's expectation.
    const auto* result = ::testing::UnitTest::GetInstance()->current_test_info()->result();
    for (int i = 0; i < result->total_part_count(); ++i) {
      const auto& part = result->GetTestPartResult(i);
      fprintf(stderr, "line %d: %s\n", part.line_number(), part.message());
    }
    _exit(result->Failed() ? 1 : 0);
  }

  static void CreateInstance(const std::string& name, const Properties& properties,
                             ReplyTo reply_to) {
    ConsumerSettings settings;
    settings.group = "g";
    settings.name = name;
    settings.properties = properties;
    settings.properties.emplace_back("group.id", "g");
    Engine::Get().consumers().Create(settings, std::move(reply_to));
  }

  static void ProduceOne(Producer* producer, ReplyTo reply_to) {
    const std::string text = R"({"records":[{"value":1}]})";
    Body body(Engine::Get().produce_budget());
    EXPECT_EQ(body.Append(text.data(), text.size()), 0);
    producer->Produce("t", -1, Format::kJson, std::move(body), std::move(reply_to));
  }

  static void ExpectSuccess(void (*body)()) {
    EXPECT_EXIT(RunAndExit(body), ::testing::ExitedWithCode(0), "");
  }
};

using ThreadLimitDeathTest = ThreadLimitTest;

TEST_F(ThreadLimitDeathTest, AThreadThatCannotBeMadeIsReported) {
  ExpectSuccess([] {
    EXPECT_TRUE(HasRoomForThreads(20));
    LimitThreads();
    EXPECT_FALSE(HasRoomForThreads(1));
    EXPECT_FALSE(StartThread("refused", [] { ADD_FAILURE(); }));
    JoinableThread joinable;
    EXPECT_FALSE(joinable.Start("refused", [] { ADD_FAILURE(); }));
    joinable.Join();
    EXPECT_FALSE((new BlockingPool())->EnsureThread());
    EngineLimits limits;
    EXPECT_FALSE(Engine::Get().Configure(limits));
    LiftLimit();
    EXPECT_TRUE(HasRoomForThreads(20));
    EXPECT_TRUE(Engine::Get().Configure(limits));
  });
}

TEST_F(ThreadLimitDeathTest, BlockingTasksRunOnTheThreadThatStays) {
  ExpectSuccess([] {
    auto* pool = new BlockingPool();
    EXPECT_TRUE(pool->EnsureThread());
    LimitThreads();
    std::promise<void> done[40];
    for (auto& each : done) pool->Run([&] { each.set_value(); });
    for (auto& each : done) {
      EXPECT_EQ(each.get_future().wait_for(kPatience), std::future_status::ready);
    }
  });
}

TEST_F(ThreadLimitDeathTest, InstancesLeaveDescriptorsToTheProducer) {
  ExpectSuccess([] {
    TestCluster cluster;
    cluster.CreateTopic("t", 1);
    const Properties properties = {{"bootstrap.servers", cluster.bootstrap_servers()}};
    Engine& engine = Engine::Get();
    EXPECT_TRUE(engine.Configure(EngineLimits{}));
    const auto outbox = std::make_shared<RecordingOutbox>();
    int instances = 0;
    const auto create = [&](ReplyTo reply_to) {
      CreateInstance(std::to_string(++instances), properties, reply_to);
    };
    rlimit limits{};
    getrlimit(RLIMIT_NOFILE, &limits);
    limits.rlim_cur = OpenDescriptors() + 200;
    setrlimit(RLIMIT_NOFILE, &limits);

    Message refusal;
    while (refusal.kind != MessageKind::kFault && instances < 200) refusal = outbox->Call(create);
    EXPECT_EQ(refusal.code, kNoDescriptors) << refusal.text;
    EXPECT_EQ(engine.consumers().size(), static_cast<size_t>(instances - 1));

    const auto producer = Producer::Get(properties);
    // On a slow machine the instances count twice for a moment: open, and as still to be opened.
    Message answer;
    EXPECT_TRUE(Eventually([&] {
      answer = outbox->Call([&](ReplyTo reply_to) { ProduceOne(producer.get(), reply_to); });
      return answer.kind == MessageKind::kReply;
    })) << answer.text;
  });
}

TEST_F(ThreadLimitDeathTest, ClientsAreRefusedUntilThereIsRoomAgain) {
  ExpectSuccess([] {
    TestCluster cluster;
    cluster.CreateTopic("t", 1);
    const Properties properties = {{"bootstrap.servers", cluster.bootstrap_servers()}};
    Engine& engine = Engine::Get();
    EXPECT_TRUE(engine.Configure(EngineLimits{}));
    const auto outbox = std::make_shared<RecordingOutbox>();
    const auto producer = Producer::Get(properties);
    const auto admin = Admin::Get(properties);
    const auto create = [&](ReplyTo reply_to) { CreateInstance("c", properties, reply_to); };
    const auto produce = [&](ReplyTo reply_to) { ProduceOne(producer.get(), reply_to); };
    const auto describe = [&](ReplyTo reply_to) {
      admin->Ask(admin::DescribeCluster{}, 5000, reply_to);
    };

    LimitThreads();
    for (int i = 0; i < 3; ++i) {
      for (const Message& answer :
           {outbox->Call(create), outbox->Call(produce), outbox->Call(describe)}) {
        EXPECT_EQ(answer.kind, MessageKind::kFault) << answer.text;
        EXPECT_EQ(answer.code, kNoThreads) << answer.text;
      }
    }
    EXPECT_EQ(engine.consumers().size(), 0u);

    LiftLimit();
    const auto works = [&](const auto& call) {
      return Eventually([&] { return outbox->Call(call).kind == MessageKind::kReply; });
    };
    EXPECT_TRUE(works(create));
    EXPECT_TRUE(works(produce));
    EXPECT_TRUE(works(describe));
  });
}

}  // namespace
}  // namespace sluice
