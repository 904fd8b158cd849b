// File descriptors of this process: how many there are and may be.
#ifndef SLUICE_NET_DESCRIPTORS_H_
#define SLUICE_NET_DESCRIPTORS_H_

#include <cstdint>

namespace sluice {

/// How many are open. Counts them one by one before Linux 6.2 and on macOS, at about half a
/// microsecond each; Linux 6.2 and later know the number. 0 when the system does not tell.
/// Called on any thread.
uint64_t OpenDescriptors();

/// How many may be open: the soft limit of RLIMIT_NOFILE. Called on any thread.
uint64_t DescriptorLimit();

/// The number that the next descriptor gets, or -1 when none is left. Duplicates standard input,
/// which Node.js keeps open, and closes it again. Called on any thread.
int NextDescriptor();

}  // namespace sluice

#endif  // SLUICE_NET_DESCRIPTORS_H_
