#include "net/listening_sockets.h"

#ifdef __linux__
#include <dirent.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdlib>
#include <iterator>
#endif

namespace sluice {

#ifdef __linux__

namespace {

bool ListensAt(int fd, uint16_t port) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return false;
  sockaddr_storage address{};
  size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port) == port;
  }
  return address.ss_family == AF_INET6 &&
         ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port) == port;
}

/// Calls `visit` with each descriptor of this process that listens at `port`. uWebSockets.js does
/// not tell which these are.
template <typename Visit>
void ForEachListener(uint16_t port, Visit visit) {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = readdir(folder)) {
    // "." and ".." become 0, which is standard input.
    const int fd = static_cast<int>(std::strtol(entry->d_name, nullptr, 10));
    if (entry->d_name[0] != '.' && ListensAt(fd, port)) visit(fd);
  }
  closedir(folder);
}

/// Offset of the flags in a TCP header.
constexpr uint32_t kFlagsOffset = 13;
constexpr uint32_t kSyn = 0x02;
constexpr uint32_t kAck = 0x10;

}  // namespace

uint32_t IgnoreNewHandshakes(uint16_t port) {
  // A packet with SYN and without ACK is dropped; all others pass.
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsOffset),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  const sock_fprog filter{std::size(program), program};
  uint32_t count = 0;
  ForEachListener(port, [&](int fd) {
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0) count++;
  });
  return count;
}

uint32_t WaitingConnections(uint16_t port) {
  uint32_t count = 0;
  ForEachListener(port, [&](int fd) {
    tcp_info info{};
    socklen_t size = sizeof(info);
    // Of a listening socket this field is the length of the accept queue.
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) count += info.tcpi_unacked;
  });
  return count;
}

#else

uint32_t IgnoreNewHandshakes(uint16_t) { return 0; }

uint32_t WaitingConnections(uint16_t) { return 0; }

#endif

}  // namespace sluice
