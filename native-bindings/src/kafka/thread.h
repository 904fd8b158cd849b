// Threads of the engine. The system may refuse one (limits of a container, of a user, of memory),
// and std::thread ends the process then.
#ifndef SLUICE_KAFKA_THREAD_H_
#define SLUICE_KAFKA_THREAD_H_

#include <pthread.h>

#include <functional>

namespace sluice {

/// Runs `body` on a new thread called `name`, which has at most 15 characters and stays valid.
/// False when the system gives no thread; `body` was not run then. Safe from any thread.
[[nodiscard]] bool StartThread(const char* name, std::function<void()> body);

/// A thread that its owner joins. Used by one thread at a time.
class JoinableThread {
 public:
  JoinableThread() = default;
  ~JoinableThread();
  JoinableThread(const JoinableThread&) = delete;
  JoinableThread& operator=(const JoinableThread&) = delete;

  /// Starts the thread as StartThread(). Called once.
  [[nodiscard]] bool Start(const char* name, std::function<void()> body);

  /// Returns when `body` has ended; at once when it was never started.
  void Join();

 private:
  pthread_t thread_{};
  bool is_running_ = false;
};

/// Whether the system gives `count` more threads: starts them, and ends them. The answer holds
/// until another thread is started.
bool HasRoomForThreads(int count);

}  // namespace sluice

#endif  // SLUICE_KAFKA_THREAD_H_
