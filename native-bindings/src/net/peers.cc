#include "net/peers.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <optional>

namespace sluice {

namespace {

/// The address of the other end of a connection.
std::optional<PeerAddress> AddressOf(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  PeerAddress address{};
  if (storage.ss_family == AF_INET) {
    const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(storage);
    address[10] = address[11] = 0xff;
    std::memcpy(&address[12], &ipv4.sin_addr, sizeof(ipv4.sin_addr));
    return address;
  }
  if (storage.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(address.data(), &ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
    return address;
  }
  return std::nullopt;
}

}  // namespace

PeerCounts& PeerCounts::Get() {
  static auto* const counts = new PeerCounts();
  return *counts;
}

bool PeerCounts::Add(const PeerAddress& address, size_t max) {
  std::lock_guard lock(mutex_);
  size_t& count = counts_[address];
  if (count < max) {
    ++count;
    return true;
  }
  if (count == 0) counts_.erase(address);
  return false;
}

void PeerCounts::Remove(const PeerAddress& address) {
  std::lock_guard lock(mutex_);
  const auto found = counts_.find(address);
  if (--found->second == 0) counts_.erase(found);
}

size_t PeerCounts::size() {
  std::lock_guard lock(mutex_);
  return counts_.size();
}

Peers::~Peers() {
  for (const auto& [fd, address] : addresses_) counts_.Remove(address);
}

bool Peers::Admit(int fd, size_t max) {
  const auto address = AddressOf(fd);
  if (!address || !counts_.Add(*address, max)) return false;
  addresses_[fd] = *address;
  return true;
}

void Peers::OnClosed(int fd) {
  const auto found = addresses_.find(fd);
  if (found == addresses_.end()) return;
  counts_.Remove(found->second);
  addresses_.erase(found);
}

}  // namespace sluice
