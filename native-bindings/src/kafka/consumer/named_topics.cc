#include "kafka/consumer/named_topics.h"

#include <algorithm>

namespace sluice {

bool NamedTopics::Add(const std::set<std::string>& names) {
  const auto is_new = [this](const std::string& name) { return !names_.contains(name); };
  const auto added = std::count_if(names.begin(), names.end(), is_new);
  if (names_.size() + static_cast<size_t>(added) > kMax) return false;
  names_.insert(names.begin(), names.end());
  return true;
}

}  // namespace sluice
