#include "net/listening_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#ifdef __linux__
#include <linux/filter.h>

#include <iterator>
#endif

namespace sluice {

namespace {

/// Closed in programs that this process starts.
int Duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }

void Replace(int fd, int by) {
  dup2(by, fd);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/// The port that the socket at `fd` is bound to, or 0.
uint16_t PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

}  // namespace

std::optional<uint16_t> ListeningPort(int fd) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return {};
  const uint16_t port = PortOf(fd);
  if (port == 0) return {};
  return port;
}

uint16_t FreePort(const char* host, uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* addresses = nullptr;
  // The owner of the listener reports a name that cannot be resolved.
  if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &addresses) != 0) return port;
  uint16_t free_port = port;
  for (const addrinfo* each = addresses; each; each = each->ai_next) {
    const int fd = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    const bool is_bound = bind(fd, each->ai_addr, each->ai_addrlen) == 0;
    const bool is_taken = !is_bound && errno == EADDRINUSE;
    if (is_bound && port == 0) free_port = PortOf(fd);
    close(fd);
    if (is_taken) free_port = 0;
    // uWebSockets listens at the first address only.
    if (is_bound || is_taken) break;
  }
  freeaddrinfo(addresses);
  return free_port;
}

std::unique_ptr<ListeningSocket> ListeningSocket::At(int fd) {
  const int kept = Duplicate(fd);
  const int stand_in = socket(AF_INET, SOCK_STREAM, 0);
  if (kept < 0 || stand_in < 0) {
    if (kept >= 0) close(kept);
    if (stand_in >= 0) close(stand_in);
    return nullptr;
  }
  fcntl(stand_in, F_SETFD, FD_CLOEXEC);
  return std::unique_ptr<ListeningSocket>(new ListeningSocket(fd, kept, stand_in));
}

ListeningSocket::~ListeningSocket() {
  close(kept_);
  close(stand_in_);
}

void ListeningSocket::Hide() { Replace(fd_, stand_in_); }

void ListeningSocket::Show() { Replace(fd_, kept_); }

bool ListeningSocket::SetSendBuffer(uint32_t bytes) {
  const int size = static_cast<int>(bytes);
  return setsockopt(kept_, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0;
}

#ifdef __linux__

namespace {

/// Offset of the flags in a TCP header.
constexpr uint32_t kFlagsOffset = 13;
constexpr uint32_t kSyn = 0x02;
constexpr uint32_t kAck = 0x10;

}  // namespace

bool ListeningSocket::IgnoreNewHandshakes() {
  // A packet with SYN and without ACK is dropped; all others pass.
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsOffset),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  const sock_fprog filter{std::size(program), program};
  return setsockopt(kept_, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) == 0;
}

uint32_t ListeningSocket::waiting() const {
  tcp_info info{};
  socklen_t size = sizeof(info);
  // This field of a listening socket is the length of the accept queue.
  return getsockopt(kept_, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? info.tcpi_unacked : 0;
}

#else

bool ListeningSocket::IgnoreNewHandshakes() { return false; }

uint32_t ListeningSocket::waiting() const { return 0; }

#endif

}  // namespace sluice
