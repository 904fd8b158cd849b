// What is read from librdkafka's statistics, in the form of its STATISTICS.md.
#include "kafka/broker_statistics.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

std::string Broker(int id, const std::string& state, int waiting, int p99, int throttle) {
  const std::string name = "127.0.0.1:9092/" + std::to_string(id);
  return "\"" + name + "\": { \"name\":\"" + name + "\", \"nodeid\":" + std::to_string(id) +
         ", \"nodename\":\"127.0.0.1:9092\", \"source\":\"learned\", \"state\":\"" + state +
         "\", \"stateage\":5, \"outbuf_cnt\":3, \"outbuf_msg_cnt\":0, \"waitresp_cnt\":" +
         std::to_string(waiting) +
         ", \"int_latency\": { \"min\":9, \"max\":9, \"avg\":9, \"p99\": 9 }, " +
         "\"rtt\": { \"min\":1, \"max\":9, \"avg\":120, \"p99\": " + std::to_string(p99) +
         ", \"cnt\":1 }, \"throttle\": { \"min\":0, \"max\":" + std::to_string(throttle) +
         ", \"avg\":1, \"cnt\":1 }, \"req\": { \"Produce\": 1 }, \"toppars\":{ \"t-0\": { "
         "\"topic\":\"t\", \"partition\":0} } } ";
}

std::string Statistics(const std::string& brokers) {
  return "{ \"name\": \"sluice#producer-1\", \"brokers\":{ " + brokers +
         "}, \"topics\":{ \"nodeid\": { \"topic\":\"nodeid\", \"nodeid\":99 } } }";
}

TEST(BrokerStatisticsTest, ReadsTheBrokersThatHaveAnId) {
  const auto brokers =
      ParseBrokers(Statistics(Broker(-1, "DOWN", 0, 0, 0) + ", " + Broker(1, "UP", 2, 450, 700) +
                              ", " + Broker(2, "AUTH_REQ", 0, 0, 0)));
  ASSERT_EQ(brokers.size(), 2u);
  const BrokerStatistics& first = brokers.at(1);
  EXPECT_EQ(first.clients[kBrokerUp], 1);
  EXPECT_EQ(first.queued_requests, 3);
  EXPECT_EQ(first.waiting_requests, 2);
  EXPECT_EQ(first.mean_rtt_us, 120);
  EXPECT_EQ(first.p99_rtt_us, 450);
  EXPECT_EQ(first.throttle_ms, 700);
  EXPECT_EQ(brokers.at(2).clients[kBrokerConnecting], 1);
}

TEST(BrokerStatisticsTest, AddsTheClientsOfABroker) {
  BrokersById all;
  for (const char* state : {"UP", "UPDATE", "INIT", "DOWN", "CONNECT"}) {
    for (const auto& [id, broker] : ParseBrokers(Statistics(Broker(1, state, 1, 10, 5)))) {
      all[id].Add(broker);
    }
  }
  EXPECT_EQ(all.at(1).clients[kBrokerUp], 2);
  EXPECT_EQ(all.at(1).clients[kBrokerDown], 2);
  EXPECT_EQ(all.at(1).clients[kBrokerConnecting], 1);
  EXPECT_EQ(all.at(1).waiting_requests, 5);
  EXPECT_EQ(all.at(1).p99_rtt_us, 10);
}

TEST(BrokerStatisticsTest, ReadsNothingOfOtherTexts) {
  EXPECT_TRUE(ParseBrokers("").empty());
  EXPECT_TRUE(ParseBrokers("{}").empty());
  EXPECT_TRUE(ParseBrokers(Statistics("")).empty());
  const std::string whole = Statistics(Broker(1, "UP", 2, 450, 700));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_LE(ParseBrokers(std::string_view(whole).substr(0, size)).size(), 1u);
  }
}

}  // namespace
}  // namespace sluice
