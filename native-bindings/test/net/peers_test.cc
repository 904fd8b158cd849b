// Connections counted by the address that they come from.
#include "net/peers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "net/loopback.h"

namespace sluice {
namespace {

constexpr char kFirst[] = "127.0.0.1";
constexpr char kSecond[] = "127.0.0.2";

/// Accepts, asks `Peers`, and closes what it refuses, as the server does.
class PeersTest : public testing::Test {
 protected:
  struct Connection {
    int client;
    int accepted;
  };

  ~PeersTest() override {
    for (const Connection& each : open_) CloseBoth(each);
  }

  bool Open(const char* from, size_t max, uint16_t from_port = 0) {
    const int client = loopback_.Connect(from, from_port);
    const Connection connection{client, accept(loopback_.listener(), nullptr, nullptr)};
    const bool is_admitted = peers_.Admit(loopback_.port(), max);
    if (is_admitted) {
      open_.push_back(connection);
    } else {
      CloseBoth(connection);
      peers_.OnClosed();
    }
    return is_admitted;
  }

  void Close(size_t index) {
    CloseBoth(open_[index]);
    open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
    peers_.OnClosed();
  }

  Loopback loopback_;
  Peers peers_;
  std::vector<Connection> open_;

 private:
  static void CloseBoth(const Connection& connection) {
    close(connection.accepted);
    close(connection.client);
  }
};

TEST_F(PeersTest, AdmitsSoManyOfEachAddress) {
  for (int i = 0; i < 3; i++) {
    EXPECT_TRUE(Open(kFirst, 3));
    EXPECT_TRUE(Open(kSecond, 3));
  }
  EXPECT_FALSE(Open(kFirst, 3));
  EXPECT_FALSE(Open(kSecond, 3));
  EXPECT_EQ(peers_.addresses(), 2u);
}

TEST_F(PeersTest, AdmitsAgainWhenOneWasClosed) {
  for (int i = 0; i < 3; i++) EXPECT_TRUE(Open(kFirst, 3));
  EXPECT_FALSE(Open(kFirst, 3));
  Close(1);
  EXPECT_TRUE(Open(kFirst, 3));
  EXPECT_FALSE(Open(kFirst, 3));
}

TEST_F(PeersTest, TakesADescriptorFromTheAddressThatHadIt) {
  EXPECT_TRUE(Open(kFirst, 1));
  Close(0);
  EXPECT_TRUE(Open(kSecond, 1));
  EXPECT_EQ(peers_.addresses(), 1u);
  EXPECT_TRUE(Open(kFirst, 1));
}

TEST_F(PeersTest, AdmitsAnAddressThatComesBackFromTheSamePort) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  ASSERT_TRUE(Open(kFirst, 1));
  ASSERT_EQ(getsockname(open_[0].client, reinterpret_cast<sockaddr*>(&address), &size), 0);
  for (int i = 0; i < 3; i++) {
    Close(0);
    ASSERT_TRUE(Open(kFirst, 1, ntohs(address.sin_port)));
  }
  EXPECT_FALSE(Open(kFirst, 1));
}

TEST_F(PeersTest, FindsConnectionsBesidesDescriptorsOfOthers) {
  std::vector<int> holes;
  for (int i = 0; i < 4; i++) holes.push_back(dup(STDIN_FILENO));
  EXPECT_TRUE(Open(kFirst, 2));
  // Accepted below, and above, of what is expected.
  close(holes[1]);
  EXPECT_TRUE(Open(kFirst, 2));
  close(holes[2]);
  const int other = dup(STDIN_FILENO);
  EXPECT_FALSE(Open(kFirst, 2));
  EXPECT_TRUE(Open(kSecond, 2));
  for (const int fd : {holes[0], holes[3], other}) close(fd);
}

TEST_F(PeersTest, RefusesWhatItDoesNotFind) {
  EXPECT_FALSE(peers_.Admit(loopback_.port(), 10));
  EXPECT_TRUE(Open(kFirst, 10));
  EXPECT_FALSE(peers_.Admit(loopback_.port(), 10)) << "It was noted already.";
  EXPECT_FALSE(peers_.Admit(1, 10)) << "Nothing is connected to that port.";
}

TEST_F(PeersTest, IsExactWhateverHappens) {
  std::mt19937 random(7);
  const std::vector<const char*> addresses = {kFirst, kSecond, "127.0.0.3"};
  std::vector<std::string> from;
  std::map<std::string, int> counts;
  for (int step = 0; step < 3000; step++) {
    if (random() % 2 == 0 && !open_.empty()) {
      const size_t index = random() % open_.size();
      counts[from[index]]--;
      from.erase(from.begin() + static_cast<ptrdiff_t>(index));
      Close(index);
    } else {
      const char* address = addresses[random() % addresses.size()];
      const bool is_admitted = Open(address, 5);
      ASSERT_EQ(is_admitted, counts[address] < 5) << "step " << step;
      if (is_admitted) {
        counts[address]++;
        from.emplace_back(address);
      }
    }
  }
}

}  // namespace
}  // namespace sluice
