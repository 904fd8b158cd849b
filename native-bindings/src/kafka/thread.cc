#include "kafka/thread.h"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {
namespace {

struct Start {
  const char* name;
  std::function<void()> body;
};

void NameThisThread(const char* name) {
#ifdef __linux__
  pthread_setname_np(pthread_self(), name);
#else
  pthread_setname_np(name);
#endif
}

void* Main(void* opaque) {
  const std::unique_ptr<Start> start(static_cast<Start*>(opaque));
  NameThisThread(start->name);
  start->body();
  return nullptr;
}

bool Create(const char* name, std::function<void()> body, pthread_t* thread) {
  auto start = std::make_unique<Start>(Start{name, std::move(body)});
  if (pthread_create(thread, nullptr, Main, start.get()) != 0) return false;
  static_cast<void>(start.release());  // The thread took it.
  return true;
}

}  // namespace

bool StartThread(const char* name, std::function<void()> body) {
  pthread_t thread{};
  if (!Create(name, std::move(body), &thread)) return false;
  pthread_detach(thread);
  return true;
}

JoinableThread::~JoinableThread() { Join(); }

bool JoinableThread::Start(const char* name, std::function<void()> body) {
  is_running_ = Create(name, std::move(body), &thread_);
  return is_running_;
}

void JoinableThread::Join() {
  if (std::exchange(is_running_, false)) pthread_join(thread_, nullptr);
}

bool HasRoomForThreads(int count) {
  std::mutex all_started;
  std::vector<pthread_t> threads;
  {
    std::lock_guard lock(all_started);
    const auto wait = [&] { std::lock_guard started(all_started); };
    pthread_t thread{};
    while (count > static_cast<int>(threads.size()) && Create("sluice-probe", wait, &thread)) {
      threads.push_back(thread);
    }
  }
  for (const pthread_t thread : threads) pthread_join(thread, nullptr);
  return count <= static_cast<int>(threads.size());
}

}  // namespace sluice
