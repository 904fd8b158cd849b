// The number of connections of each client address.
#ifndef SLUICE_NET_PEERS_H_
#define SLUICE_NET_PEERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace sluice {

/// An IPv6 address; an IPv4 address is the one into which it is mapped.
using PeerAddress = std::array<uint8_t, 16>;

/// The connections of a process by address. Safe from any thread.
class PeerCounts {
 public:
  /// That of the process, which is never destroyed: threads may outlive static objects.
  static PeerCounts& Get();

  /// Counts a connection, unless its address has `max` already.
  bool Add(const PeerAddress& address, size_t max);
  void Remove(const PeerAddress& address);
  /// The number of addresses that have connections.
  size_t size();

 private:
  std::mutex mutex_;  // Guards the following.
  std::map<PeerAddress, size_t> counts_;
};

/// The connections of one event loop, which keeps the address of each: a closed connection has none
/// any more. Used by the thread of the event loop.
class Peers {
 public:
  explicit Peers(PeerCounts& counts) : counts_(counts) {}
  /// Its connections are gone.
  ~Peers();
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  /// Counts the connection at `fd`, once. False when its client has `max` already, or when the
  /// connection is gone; the caller closes it. `client` has the 4 or 16 bytes of the client's
  /// address, and is empty if that is the other end of the connection.
  bool Admit(int fd, size_t max, std::string_view client = {});

  /// The connection at `fd` was closed, whether it was counted or not.
  void OnClosed(int fd);

 private:
  PeerCounts& counts_;
  std::unordered_map<int, PeerAddress> addresses_;
};

}  // namespace sluice

#endif  // SLUICE_NET_PEERS_H_
