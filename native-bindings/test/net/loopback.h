// A server on the loopback interface, and clients at addresses of one's choice.
#ifndef SLUICE_TEST_NET_LOOPBACK_H_
#define SLUICE_TEST_NET_LOOPBACK_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace sluice {

/// Listens until it is destroyed.
class Loopback {
 public:
  Loopback() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = AddressOf("127.0.0.1", 0);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    listen(listener_, 64);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Loopback() { close(listener_); }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  int listener() const { return listener_; }
  uint16_t port() const { return port_; }

  /// A client's end of a connection, at any port or at `from_port`. -1 when there is none.
  int Connect(const char* from = "127.0.0.1", uint16_t from_port = 0) const {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in own = AddressOf(from, from_port);
    bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof(own));
    socklen_t size = sizeof(own);
    getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
    if (own.sin_port == htons(port_)) {
      // The kernel may choose the listener's port at another address. Clients of other hosts have
      // no descriptor here, but this one would look like an accepted connection.
      const int other = Connect(from, from_port);
      close(fd);
      return other;
    }
    const sockaddr_in server = AddressOf("127.0.0.1", port_);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0) return fd;
    close(fd);
    return -1;
  }

 private:
  static sockaddr_in AddressOf(const char* host, uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
  }

  const int listener_;
  uint16_t port_ = 0;
};

}  // namespace sluice

#endif  // SLUICE_TEST_NET_LOOPBACK_H_
