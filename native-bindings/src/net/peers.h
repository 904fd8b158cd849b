// The addresses of the open connections.
#ifndef SLUICE_NET_PEERS_H_
#define SLUICE_NET_PEERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace sluice {

/// Bounds the connections that one address has open. uWebSockets.js reports that a connection
/// was accepted or closed, but does not identify a closed one: it has no descriptor and no address
/// any more. Peers therefore keeps the descriptors of an address when they are accepted, and checks
/// them when the address has reached its bound: a descriptor that is no longer the same socket was
/// closed. Used by one thread, the one that accepts.
class Peers {
 public:
  /// Notes the connection that was just accepted by a socket that listens at `port`. False when its
  /// address had `max` open ones already, or when it is gone; the caller closes it.
  bool Admit(uint16_t port, size_t max);

  /// To be called after a connection was closed: its descriptor is the next one that is given out.
  void OnClosed() { Expect(); }

  /// The number of addresses that have connections, or had some that were not looked at since.
  size_t addresses() const { return descriptors_.size(); }

 private:
  /// An IPv4 address is that of IPv6 into which it is mapped.
  using Address = std::array<uint8_t, 16>;
  struct Peer {
    Address address{};
    uint16_t port = 0;  // 0 when there is none.
    /// Tells two connections from one address and port at one descriptor apart, one after the
    /// other.
    uint64_t inode = 0;
    bool operator==(const Peer&) const = default;
  };

  /// The other end of the connection at `fd`, if its own end has the port.
  static Peer PeerOf(int fd, uint16_t own_port);
  static Peer PeerOf(int fd);
  static bool IsOpen(int fd, const Peer& peer);
  /// The descriptor that was accepted at `port` and not yet noted, or -1.
  int FindNew(uint16_t port) const;
  bool IsNew(int fd, uint16_t port) const;
  void Forget(int fd);
  void Expect();

  /// By descriptor.
  std::vector<Peer> peers_;
  std::map<Address, std::vector<int>> descriptors_;
  /// The next result of accept(), unless another thread opens or closes a descriptor before.
  int expected_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_NET_PEERS_H_
