// File descriptors of this process: the number of open ones, and the limit.
#ifndef SLUICE_NET_DESCRIPTORS_H_
#define SLUICE_NET_DESCRIPTORS_H_

#include <cstdint>

namespace sluice {

/// The number of open descriptors. Linux 6.2 and later know it; earlier kernels and macOS have them
/// counted, at about half a microsecond each. 0 when the system does not tell.
/// Called on any thread.
uint64_t OpenDescriptors();

/// The most descriptors that may be open: the soft limit of RLIMIT_NOFILE. Called on any thread.
uint64_t DescriptorLimit();

}  // namespace sluice

#endif  // SLUICE_NET_DESCRIPTORS_H_
