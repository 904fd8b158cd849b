#include "kafka/client.h"

#include <algorithm>
#include <mutex>

#include "kafka/conf.h"
#include "kafka/rest_code.h"
#include "kafka/scheduler.h"
#include "kafka/thread.h"

namespace sluice {
namespace {

/// A client's main thread, its internal broker, its coordinator.
constexpr int kFixedThreads = 3;
/// Of one that is configured, and of the same under the address that the cluster gives it.
constexpr int kThreadsPerBroker = 2;
/// For brokers that no client was configured with, for Node.js, for closing instances.
constexpr int kReservedThreads = 32;
/// An instance leaves room for the process's producer and its admin client, which come with the
/// first need, and without which nobody can work.
constexpr int kClientsPerConsumer = 3;
/// After a refusal: the probe itself takes the last threads, for a moment.
constexpr std::chrono::seconds kPauseOfProbes{1};

/// Of all that clients are made with: one after the other, or two would count the same room.
std::mutex& MutexOfNew() {
  static auto* const mutex = new std::mutex();
  return *mutex;
}

/// Called with MutexOfNew() locked.
bool HasRoomForClient(rd_kafka_type_t type, const rd_kafka_conf_t* conf) {
  static TimePoint full_until[2];  // By type.
  if (Clock::now() < full_until[type]) return false;
  const std::string servers = ValueOf(conf, "bootstrap.servers");
  const auto brokers = static_cast<int>(1 + std::count(servers.begin(), servers.end(), ','));
  const int threads = kFixedThreads + kThreadsPerBroker * brokers;
  const int clients = type == RD_KAFKA_CONSUMER ? kClientsPerConsumer : 1;
  if (HasRoomForThreads(clients * threads + kReservedThreads)) return true;
  full_until[type] = Clock::now() + kPauseOfProbes;
  return false;
}

}  // namespace

rd_kafka_t* NewClient(rd_kafka_type_t type, ConfRef conf, ClientFault* fault) {
  std::lock_guard lock(MutexOfNew());
  if (!HasRoomForClient(type, conf.get())) {
    *fault = {kNoThreads, {}};
    return nullptr;
  }
  char reason[512] = "";
  rd_kafka_t* rk = rd_kafka_new(type, conf.get(), reason, sizeof(reason));
  if (!rk) {
    const bool lacks_threads = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    *fault = {lacks_threads ? kNoThreads : 0, reason};
    return nullptr;
  }
  static_cast<void>(conf.release());  // rd_kafka_new took it.
  return rk;
}

}  // namespace sluice
