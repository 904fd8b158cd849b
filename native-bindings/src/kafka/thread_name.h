// Names for the engine's threads, as `top -H` and a debugger show them.
#ifndef SLUICE_KAFKA_THREAD_NAME_H_
#define SLUICE_KAFKA_THREAD_NAME_H_

#include <pthread.h>

namespace sluice {

/// `name` has at most 15 characters.
inline void NameThisThread(const char* name) {
#ifdef __linux__
  pthread_setname_np(pthread_self(), name);
#else
  pthread_setname_np(name);
#endif
}

}  // namespace sluice

#endif  // SLUICE_KAFKA_THREAD_NAME_H_
