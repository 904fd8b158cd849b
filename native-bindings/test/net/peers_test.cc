// Connections counted by the address that they come from.
#include "net/peers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "net/loopback.h"

namespace sluice {
namespace {

constexpr char kFirst[] = "127.0.0.1";
constexpr char kSecond[] = "127.0.0.2";

/// Accepts, asks `Peers`, and closes what it refuses, as an event loop does.
class Acceptor {
 public:
  explicit Acceptor(PeerCounts& counts) : peers_(counts) {}
  ~Acceptor() {
    while (!open_.empty()) Close(0);
  }

  bool Open(const char* from, size_t max) {
    const int client = loopback_.Connect(from);
    const Connection connection{client, accept(loopback_.listener(), nullptr, nullptr)};
    const bool is_admitted = peers_.Admit(connection.accepted, max);
    open_.push_back(connection);
    if (!is_admitted) Close(open_.size() - 1);
    return is_admitted;
  }

  /// As uWebSockets.js: the descriptor is closed before this is told.
  void Close(size_t index) {
    const Connection connection = open_[index];
    open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
    close(connection.accepted);
    close(connection.client);
    peers_.OnClosed(connection.accepted);
  }

  size_t size() const { return open_.size(); }

 private:
  struct Connection {
    int client;
    int accepted;
  };

  Loopback loopback_;
  Peers peers_;
  std::vector<Connection> open_;
};

TEST(PeersTest, AdmitsSoManyOfEachAddress) {
  PeerCounts counts;
  Acceptor acceptor(counts);
  for (int i = 0; i < 3; i++) {
    EXPECT_TRUE(acceptor.Open(kFirst, 3));
    EXPECT_TRUE(acceptor.Open(kSecond, 3));
  }
  EXPECT_FALSE(acceptor.Open(kFirst, 3));
  EXPECT_FALSE(acceptor.Open(kSecond, 3));
  EXPECT_EQ(counts.size(), 2u);
}

TEST(PeersTest, AdmitsAgainWhenOneWasClosed) {
  PeerCounts counts;
  Acceptor acceptor(counts);
  for (int i = 0; i < 3; i++) EXPECT_TRUE(acceptor.Open(kFirst, 3));
  EXPECT_FALSE(acceptor.Open(kFirst, 3));
  acceptor.Close(1);
  EXPECT_TRUE(acceptor.Open(kFirst, 3));
  EXPECT_FALSE(acceptor.Open(kFirst, 3));
}

TEST(PeersTest, CountsTheConnectionsOfAllEventLoops) {
  PeerCounts counts;
  Acceptor first(counts);
  {
    Acceptor second(counts);
    EXPECT_TRUE(first.Open(kFirst, 2));
    EXPECT_TRUE(second.Open(kFirst, 2));
    EXPECT_FALSE(first.Open(kFirst, 2));
    EXPECT_FALSE(second.Open(kFirst, 2));
  }
  EXPECT_TRUE(first.Open(kFirst, 2));
}

TEST(PeersTest, AnEventLoopThatEndsLeavesNoConnections) {
  PeerCounts counts;
  Loopback loopback;
  const int client = loopback.Connect(kFirst);
  const int accepted = accept(loopback.listener(), nullptr, nullptr);
  {
    Peers peers(counts);
    EXPECT_TRUE(peers.Admit(accepted, 1));
    EXPECT_EQ(counts.size(), 1u);
  }
  EXPECT_EQ(counts.size(), 0u);
  close(client);
  close(accepted);
}

TEST(PeersTest, RefusesAConnectionThatIsGone) {
  PeerCounts counts;
  Peers peers(counts);
  EXPECT_FALSE(peers.Admit(-1, 10));
  peers.OnClosed(-1);
  EXPECT_EQ(counts.size(), 0u);
}

TEST(PeersTest, ADescriptorOfAClosedConnectionMayBeThatOfAnotherEventLoop) {
  PeerCounts counts;
  Loopback loopback;
  Peers first(counts);
  Peers second(counts);
  const int one = loopback.Connect(kFirst);
  const int accepted = accept(loopback.listener(), nullptr, nullptr);
  EXPECT_TRUE(first.Admit(accepted, 1));
  const int two = loopback.Connect(kSecond);
  close(accepted);
  ASSERT_EQ(accept(loopback.listener(), nullptr, nullptr), accepted);
  EXPECT_TRUE(second.Admit(accepted, 1));
  first.OnClosed(accepted);
  EXPECT_EQ(counts.size(), 1u);
  second.OnClosed(accepted);
  EXPECT_EQ(counts.size(), 0u);
  for (const int fd : {one, two, accepted}) close(fd);
}

TEST(PeersTest, IsExactWhateverHappens) {
  PeerCounts counts;
  const std::vector<const char*> addresses = {kFirst, kSecond, "127.0.0.3"};
  const auto churn = [&](unsigned seed) {
    std::mt19937 random(seed);
    Acceptor acceptor(counts);
    for (int step = 0; step < 2000; step++) {
      if (random() % 2 == 0 && acceptor.size() > 0) {
        acceptor.Close(random() % acceptor.size());
      } else {
        acceptor.Open(addresses[random() % addresses.size()], 5);
      }
      EXPECT_LE(acceptor.size(), 5 * addresses.size());
    }
  };
  std::thread other([&] { churn(7); });
  churn(8);
  other.join();
  EXPECT_EQ(counts.size(), 0u);

  Acceptor alone(counts);
  for (const char* address : addresses) {
    for (int i = 0; i < 5; i++) EXPECT_TRUE(alone.Open(address, 5));
    EXPECT_FALSE(alone.Open(address, 5));
  }
}

}  // namespace
}  // namespace sluice
