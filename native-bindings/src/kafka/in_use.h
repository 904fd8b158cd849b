// The objects of one class that are in use, by their properties.
#ifndef SLUICE_KAFKA_IN_USE_H_
#define SLUICE_KAFKA_IN_USE_H_

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kafka/conf.h"

namespace sluice {

/// Who asks for the same properties gets the same object. Does not own them: an object calls
/// Forget() from its destructor, and with it go its properties. Safe from any thread.
template <typename T>
class InUse {
 public:
  /// The object with these properties, or a new one of `make(properties)`. A closed object counts
  /// as none.
  template <typename Make>
  std::shared_ptr<T> Get(Properties properties, Make make) {
    std::shared_ptr<T> known;  // Destroyed after the lock, because of Forget().
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(&properties);
    if (found != objects_.end()) {
      known = found->second.lock();
      if (known && !known->is_closed()) return known;
      objects_.erase(found);
    }
    std::shared_ptr<T> made = make(std::move(properties));
    objects_.emplace(&made->properties(), made);
    return made;
  }

  /// `own` are the properties of an object that goes.
  void Forget(const Properties& own) {
    std::lock_guard lock(mutex_);
    const auto found = objects_.find(&own);
    if (found != objects_.end() && found->first == &own) objects_.erase(found);
  }

  std::vector<std::shared_ptr<T>> All() {
    std::vector<std::shared_ptr<T>> all;
    std::lock_guard lock(mutex_);
    for (const auto& [properties, object] : objects_) {
      if (auto known = object.lock()) all.push_back(std::move(known));
    }
    return all;
  }

 private:
  struct ByContent {
    bool operator()(const Properties* one, const Properties* other) const { return *one < *other; }
  };

  std::mutex mutex_;                                                  // Guards the following.
  std::map<const Properties*, std::weak_ptr<T>, ByContent> objects_;  // The keys are the objects'.
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_IN_USE_H_
