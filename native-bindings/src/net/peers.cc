#include "net/peers.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "net/descriptors.h"

namespace sluice {

namespace {

struct Endpoint {
  std::array<uint8_t, 16> address{};
  uint16_t port = 0;
};

using NameFunction = int (*)(int fd, sockaddr* address, socklen_t* size);

/// The address that `name` returns for the socket at `fd`; port 0 when it fails.
Endpoint EndpointOf(int fd, NameFunction name) {
  Endpoint endpoint;
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (name(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return endpoint;
  if (storage.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(storage);
    endpoint.address[10] = endpoint.address[11] = 0xff;
    std::memcpy(&endpoint.address[12], &ipv4.sin_addr, sizeof(ipv4.sin_addr));
    endpoint.port = ntohs(ipv4.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(endpoint.address.data(), &ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
    endpoint.port = ntohs(ipv6.sin6_port);
  }
  return endpoint;
}

/// The inode of the socket at `fd`; 0 when there is none.
uint64_t InodeOf(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? static_cast<uint64_t>(status.st_ino) : 0;
}

}  // namespace

bool Peers::Admit(uint16_t port, size_t max) {
  const int fd = FindNew(port);
  Expect();
  if (fd < 0) return false;
  Forget(fd);
  const Peer peer = PeerOf(fd, port);
  std::vector<int>& open = descriptors_[peer.address];
  if (open.size() >= max) {
    std::erase_if(open, [&](int each) {
      const bool is_open = IsOpen(each, peers_[each]);
      if (!is_open) peers_[each] = {};
      return !is_open;
    });
  }
  if (open.size() >= max) return false;
  if (peers_.size() <= static_cast<size_t>(fd)) peers_.resize(fd + 1);
  peers_[fd] = peer;
  open.push_back(fd);
  return true;
}

Peers::Peer Peers::PeerOf(int fd, uint16_t own_port) {
  if (EndpointOf(fd, getsockname).port != own_port) return {};
  return PeerOf(fd);
}

Peers::Peer Peers::PeerOf(int fd) {
  const Endpoint other = EndpointOf(fd, getpeername);
  return {other.address, other.port, InodeOf(fd)};
}

bool Peers::IsOpen(int fd, const Peer& peer) { return PeerOf(fd) == peer; }

int Peers::FindNew(uint16_t port) const {
  if (IsNew(expected_, port)) return expected_;
  // A descriptor below was closed by another thread, or one at it was opened.
  const int end = std::max(static_cast<int>(peers_.size()), NextDescriptor()) + 1;
  for (int fd = 0; fd < end; fd++) {
    if (IsNew(fd, port)) return fd;
  }
  return -1;
}

bool Peers::IsNew(int fd, uint16_t port) const {
  const Peer peer = PeerOf(fd, port);
  const bool is_noted = static_cast<size_t>(fd) < peers_.size() && peers_[fd] == peer;
  return peer.port != 0 && !is_noted;
}

void Peers::Forget(int fd) {
  if (static_cast<size_t>(fd) >= peers_.size() || peers_[fd].port == 0) return;
  const auto found = descriptors_.find(peers_[fd].address);
  std::erase(found->second, fd);
  if (found->second.empty()) descriptors_.erase(found);
  peers_[fd] = {};
}

void Peers::Expect() { expected_ = std::max(0, NextDescriptor()); }

}  // namespace sluice
