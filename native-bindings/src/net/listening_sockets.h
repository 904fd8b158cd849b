// The listening TCP sockets of this process: how one is closed without resetting connections.
#ifndef SLUICE_NET_LISTENING_SOCKETS_H_
#define SLUICE_NET_LISTENING_SOCKETS_H_

#include <cstdint>

namespace sluice {

/// Closing a listening socket resets the connections in its accept queue, and those whose handshake
/// is not over. So a packet filter is put on the socket first: the kernel drops the first packet of
/// each new handshake, and completes the handshakes that were begun. A client whose packet was
/// dropped sends it again after a second: to the next process at this port, or it is refused.
///
/// Applies to all sockets of this process that listen at `port`. Returns how many these are: 0
/// where the system has no such filter (macOS). Called on any thread.
uint32_t IgnoreNewHandshakes(uint16_t port);

/// The number of connections at `port` that wait to be accepted. 0 where the system does not tell.
/// Called on any thread.
uint32_t WaitingConnections(uint16_t port);

}  // namespace sluice

#endif  // SLUICE_NET_LISTENING_SOCKETS_H_
