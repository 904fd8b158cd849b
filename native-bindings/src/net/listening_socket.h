// Operations on a listening TCP socket that uWebSockets.js opened and has no API for.
#ifndef SLUICE_NET_LISTENING_SOCKET_H_
#define SLUICE_NET_LISTENING_SOCKET_H_

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice {

/// The TCP port at which a descriptor listens, if it does.
std::optional<uint16_t> ListeningPort(int fd);

/// Looks for a port of `host`, a name or an address, that can be bound without sharing it: `port`,
/// or any when that is 0. Returns 0 when another socket has the port. Binds a socket and closes it;
/// no client can connect to it. Blocks while the name is resolved.
uint16_t FreePort(const char* host, uint16_t port);

/// Keeps a listening socket open by a second descriptor, so that the first can be taken from the
/// owner and given back. The owner opens and closes the first one, and accepts from it.
/// Used by one thread, that of the owner.
class ListeningSocket {
 public:
  /// The socket at `fd`. Null when the process has no descriptors left; this needs two.
  static std::unique_ptr<ListeningSocket> At(int fd);

  /// Ends the socket, if its owner has closed it. The kernel then resets the connections in its
  /// accept queue.
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int fd() const { return fd_; }

  /// Lets the kernel drop the first packet of each new handshake, and complete handshakes in
  /// progress. A client whose packet was dropped sends it again after a second: to the next process
  /// at this port, or it is refused. Closing the socket without this resets the connections whose
  /// handshake is not over. False where the system has no such filter (macOS).
  bool IgnoreNewHandshakes();

  /// Sets the size of the send buffer of connections that are accepted from now on, in bytes. Linux
  /// doubles it, and limits it to net.core.wmem_max. False when the system refuses it.
  bool SetSendBuffer(uint32_t bytes);

  /// The number of connections that wait to be accepted. 0 where the system does not tell (macOS).
  uint32_t waiting() const;

  /// Makes accept() at the owner's descriptor fail, until Show(). The connections stay in the
  /// queue. This is the only way to stop an owner that accepts until there is an error. The
  /// descriptor must not be polled meanwhile: epoll goes on watching the socket, and not the
  /// number.
  void Hide();
  void Show();

 private:
  ListeningSocket(int fd, int kept, int stand_in) : fd_(fd), kept_(kept), stand_in_(stand_in) {}

  const int fd_;
  /// The same socket.
  const int kept_;
  /// A socket that does not listen.
  const int stand_in_;
};

}  // namespace sluice

#endif  // SLUICE_NET_LISTENING_SOCKET_H_
