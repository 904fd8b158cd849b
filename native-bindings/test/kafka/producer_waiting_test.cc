// What a producer does while it can do nothing.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>
#include <vector>

#include "kafka/producer_fixture.h"

namespace sluice {
namespace {

using std::chrono::milliseconds;

class ProducerWaitingTest : public ProducerTest {
 protected:
  /// What all threads of the process have used so far.
  static milliseconds CpuTime() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return milliseconds((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                        (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
  }
};

// An idempotent producer has one request of a partition in flight, when it has many records.
// librdkafka is patched for this: librdkafka/0001-wait-for-responses.patch.
TEST_F(ProducerWaitingTest, RecordsThatMustWaitForAResponseCostNothingMeanwhile) {
  cluster().CreateTopic("t", 1);
  EXPECT_EQ(Produce("t", CountingBody(1)).count, 0);
  cluster().SetRoundTrip(2000);
  std::vector<ReplyTo> asked;
  asked.push_back(Start("t", CountingBody(100)));
  std::this_thread::sleep_for(milliseconds(200));
  asked.push_back(Start("t", CountingBody(100)));
  std::this_thread::sleep_for(milliseconds(200));
  const milliseconds before = CpuTime();
  std::this_thread::sleep_for(milliseconds(1000));
  EXPECT_LT(CpuTime() - before, milliseconds(400));
  for (const ReplyTo& reply_to : asked) EXPECT_EQ(Await(reply_to).count, 0);
  cluster().SetRoundTrip(0);
  EXPECT_EQ(cluster().ReadAll("t", 0).size(), 201u);
}

}  // namespace
}  // namespace sluice
