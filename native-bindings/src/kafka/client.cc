#include "kafka/client.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "kafka/conf.h"
#include "kafka/rest_code.h"
#include "kafka/scheduler.h"
#include "kafka/thread.h"
#include "net/descriptors.h"

namespace sluice {
namespace {

/// A client's main thread, its internal broker, its coordinator.
constexpr int kFixedThreads = 3;
/// The broker threads: of a configured broker, and of the same under the address in the metadata.
constexpr int kThreadsPerBroker = 2;
/// For brokers that no client was configured with, for Node.js, for closing instances.
constexpr int kReservedThreads = 32;
/// A pipe for each thread, and the coordinator's connection; for each broker two pipes and one
/// connection, as only one of its two addresses is connected to.
constexpr int kFixedDescriptors = 8;
constexpr int kDescriptorsPerBroker = 5;
/// An instance leaves them to the producer, to the admin client, and to files.
constexpr int kReservedDescriptors = 16;
/// A client opens most of its descriptors within this time after it was made. Until then the count
/// of open descriptors is too low, and the expected ones are added.
constexpr std::chrono::seconds kOpening{3};
/// An instance leaves room for the process's producer and its admin client, which come with the
/// first need, and without which no request can be served.
constexpr int kClientsPerConsumer = 3;
/// After a refusal: the probe itself takes the last threads, for a moment.
constexpr std::chrono::seconds kPauseOfProbes{1};

/// Clients are made one after the other, so that no two count the same room.
std::mutex& MutexOfNew() {
  static auto* const mutex = new std::mutex();
  return *mutex;
}

/// The times at which the newest clients were made. Guarded by MutexOfNew().
std::deque<TimePoint>& NewestClients() {
  static auto* const times = new std::deque<TimePoint>();
  return *times;
}

/// Whether the descriptors of one more client fit. Called with MutexOfNew() locked.
bool HasRoomForDescriptors(int each, int reserved) {
  auto& newest = NewestClients();
  while (!newest.empty() && newest.front() + kOpening < Clock::now()) newest.pop_front();
  const uint64_t expected = (newest.size() + 1) * each + reserved;
  const uint64_t limit = DescriptorLimit();
  return limit == 0 || OpenDescriptors() + expected <= limit;
}

/// The REST code of the limit that leaves no room for a client, or 0. Called with MutexOfNew()
/// locked.
int32_t MissingRoom(rd_kafka_type_t type, const rd_kafka_conf_t* conf) {
  static TimePoint full_until[2];  // By type; of threads.
  if (Clock::now() < full_until[type]) return kNoThreads;
  const std::string servers = ValueOf(conf, "bootstrap.servers");
  const auto brokers = static_cast<int>(1 + std::count(servers.begin(), servers.end(), ','));
  const int clients = type == RD_KAFKA_CONSUMER ? kClientsPerConsumer : 1;
  const int descriptors = kFixedDescriptors + kDescriptorsPerBroker * brokers;
  const int reserved = type == RD_KAFKA_CONSUMER ? kReservedDescriptors : 0;
  if (!HasRoomForDescriptors(descriptors, reserved)) return kNoDescriptors;
  const int threads = kFixedThreads + kThreadsPerBroker * brokers;
  if (HasRoomForThreads(clients * threads + kReservedThreads)) return 0;
  full_until[type] = Clock::now() + kPauseOfProbes;
  return kNoThreads;
}

}  // namespace

rd_kafka_t* NewClient(rd_kafka_type_t type, ConfRef conf, ClientFault* fault) {
  std::lock_guard lock(MutexOfNew());
  if (const int32_t code = MissingRoom(type, conf.get())) {
    *fault = {code, {}};
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
  NewestClients().push_back(Clock::now());
  return rk;
}

}  // namespace sluice
