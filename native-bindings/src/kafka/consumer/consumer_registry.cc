#include "kafka/consumer/consumer_registry.h"

#include "kafka/engine.h"
#include "kafka/rest_code.h"

namespace sluice {

void ConsumerRegistry::Create(ConsumerSettings settings, ReplyTo reply_to) {
  std::shared_ptr<Consumer> consumer;
  {
    std::lock_guard lock(mutex_);
    if (names_.contains({settings.group, settings.name})) {
      reply_to.Fault(kInstanceExists, {});
      return;
    }
    if (consumers_.size() >= max_size_) {
      reply_to.Fault(kTooManyRequests,
                     "This process has sluice.consumer.instances.max=" + std::to_string(max_size_) +
                         " consumer instances. Delete some, or raise the limit.");
      return;
    }
    names_[{settings.group, settings.name}] = ++last_id_;
    consumer = std::make_shared<Consumer>(scheduler(), last_id_, std::move(settings));
    consumers_[last_id_] = consumer;
  }
  blocking_.Run([this, consumer, reply_to] {
    if (const auto fault = consumer->Open()) {
      FreeName(*consumer);
      Remove(consumer->id());
      consumer->Discard();
      // Now that the name is free, for a client that tries again at once.
      reply_to.Fault(fault->rest_code, fault->text);
      return;
    }
    Wake();
    reply_to.Reply(std::to_string(consumer->id()));
  });
}

std::shared_ptr<Consumer> ConsumerRegistry::Find(const std::string& group, const std::string& name,
                                                 const std::string& principal) {
  std::shared_ptr<Consumer> consumer;
  {
    std::lock_guard lock(mutex_);
    const auto named = names_.find({group, name});
    if (named == names_.end()) return nullptr;
    consumer = consumers_[named->second];
  }
  if (!consumer->is_open() || consumer->settings().principal != principal) return nullptr;
  consumer->Touch();
  return consumer;
}

std::shared_ptr<Consumer> ConsumerRegistry::Find(uint32_t id) {
  std::lock_guard lock(mutex_);
  const auto found = consumers_.find(id);
  return found == consumers_.end() ? nullptr : found->second;
}

void ConsumerRegistry::Close(uint32_t id, ReplyTo reply_to) {
  const auto consumer = Find(id);
  if (!consumer) {
    reply_to.Reply({});
    return;
  }
  FreeName(*consumer);
  consumer->Close(std::move(reply_to));
}

std::vector<std::shared_ptr<Consumer>> ConsumerRegistry::All() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Consumer>> all;
  for (const auto& [id, consumer] : consumers_) all.push_back(consumer);
  return all;
}

size_t ConsumerRegistry::size() {
  std::lock_guard lock(mutex_);
  return consumers_.size();
}

void ConsumerRegistry::set_max_size(size_t max_size) {
  std::lock_guard lock(mutex_);
  max_size_ = max_size;
}

void ConsumerRegistry::Remove(uint32_t id) {
  std::lock_guard lock(mutex_);
  consumers_.erase(id);
}

bool ConsumerRegistry::FreeName(const Consumer& consumer) {
  std::lock_guard lock(mutex_);
  const auto named = names_.find({consumer.settings().group, consumer.settings().name});
  // The name may have a new owner by now.
  if (named == names_.end() || named->second != consumer.id()) return false;
  names_.erase(named);
  return true;
}

void ConsumerRegistry::Run() {
  const TimePoint now = Clock::now();
  const auto all = All();
  for (const auto& consumer : all) {
    const std::string reason = consumer->ReasonToExpire(now);
    if (reason.empty() || !FreeName(*consumer)) continue;
    consumer->Close(std::nullopt);
    Engine::Get().counters().expired_consumers.fetch_add(1, std::memory_order_relaxed);
    const ConsumerSettings& settings = consumer->settings();
    Engine::Get().Log(6, "consumers", "expired instance",
                      "instance " + settings.name + " of group " + settings.group + " " + reason +
                          " and is closed");
  }
  if (!all.empty()) WakeAt(now + std::chrono::seconds(1));
}

}  // namespace sluice
