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

/// The address in the 4 bytes of IPv4 or the 16 bytes of IPv6.
std::optional<PeerAddress> AddressFrom(std::string_view bytes) {
  PeerAddress address{};
  if (bytes.size() == sizeof(in_addr)) {
    address[10] = address[11] = 0xff;
    std::memcpy(&address[12], bytes.data(), bytes.size());
    return address;
  }
  if (bytes.size() != address.size()) return std::nullopt;
  std::memcpy(address.data(), bytes.data(), bytes.size());
  return address;
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

bool Peers::Admit(int fd, size_t max, std::string_view client) {
  const auto address = client.empty() ? AddressOf(fd) : AddressFrom(client);
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
