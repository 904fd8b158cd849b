// A listening socket that is taken from its owner, and given back.
#include "net/listening_socket.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "net/descriptors.h"
#include "net/loopback.h"

namespace sluice {
namespace {

/// The number that the next descriptor gets, or -1 when none is left.
int NextDescriptor() {
  const int fd = dup(STDIN_FILENO);
  if (fd >= 0) close(fd);
  return fd;
}

TEST(ListeningSocketTest, FindsPortsThatNobodyHas) {
  const Loopback loopback;
  EXPECT_EQ(FreePort("127.0.0.1", loopback.port()), 0);
  EXPECT_EQ(FreePort("0.0.0.0", loopback.port()), 0);
  EXPECT_EQ(FreePort("127.0.0.2", loopback.port()), loopback.port());
  const uint16_t any = FreePort("127.0.0.1", 0);
  EXPECT_NE(any, 0);
  EXPECT_NE(any, loopback.port());
  EXPECT_EQ(FreePort("127.0.0.1", any), any);
}

TEST(ListeningSocketTest, TellsThePortOfSocketsThatListen) {
  const Loopback loopback;
  EXPECT_EQ(ListeningPort(loopback.listener()), loopback.port());
  const int client = loopback.Connect();
  EXPECT_EQ(ListeningPort(client), std::nullopt);
  EXPECT_EQ(ListeningPort(STDIN_FILENO), std::nullopt);
  close(client);
}

TEST(ListeningSocketTest, KeepsConnectionsInTheQueueWhileItIsHidden) {
  const Loopback loopback;
  const auto socket = ListeningSocket::At(loopback.listener());
  ASSERT_NE(socket, nullptr);
  socket->Hide();
  const int client = loopback.Connect();
  EXPECT_EQ(accept(loopback.listener(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EINVAL);
#ifdef __linux__
  EXPECT_EQ(socket->waiting(), 1u);
#endif
  socket->Show();
  const int accepted = accept(loopback.listener(), nullptr, nullptr);
  EXPECT_GE(accepted, 0);
  EXPECT_EQ(socket->waiting(), 0u);
  close(accepted);
  close(client);
}

TEST(ListeningSocketTest, EndsWithItsOwnersDescriptorAndItself) {
  const uint64_t before = OpenDescriptors();
  {
    const Loopback loopback;
    auto socket = ListeningSocket::At(loopback.listener());
    EXPECT_EQ(OpenDescriptors(), before + 3);
    socket->Hide();
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(ListeningSocketTest, GivesItsSendBufferToConnections) {
  const Loopback loopback;
  const auto socket = ListeningSocket::At(loopback.listener());
  ASSERT_TRUE(socket->SetSendBuffer(20000));
  const int client = loopback.Connect();
  const int accepted = accept(loopback.listener(), nullptr, nullptr);
  int bytes = 0;
  socklen_t size = sizeof(bytes);
  getsockopt(accepted, SOL_SOCKET, SO_SNDBUF, &bytes, &size);
#ifdef __linux__
  EXPECT_EQ(bytes, 40000);
#else
  EXPECT_EQ(bytes, 20000);
#endif
  close(accepted);
  close(client);
}

TEST(ListeningSocketTest, IsNoneWithoutDescriptors) {
  const Loopback loopback;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit tight{static_cast<rlim_t>(NextDescriptor() + 1), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  EXPECT_EQ(ListeningSocket::At(loopback.listener()), nullptr);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(NextDescriptor() + 1, static_cast<int>(tight.rlim_cur));
}

TEST(DescriptorsTest, AreCountedAndLimited) {
  const uint64_t before = OpenDescriptors();
  const int next = NextDescriptor();
  const int fd = dup(STDIN_FILENO);
  EXPECT_EQ(fd, next);
  EXPECT_EQ(OpenDescriptors(), before + 1);
  close(fd);
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_GE(DescriptorLimit(), before);
}

}  // namespace
}  // namespace sluice
