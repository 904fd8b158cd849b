// The rule for names of topics.
#ifndef SLUICE_KAFKA_TOPIC_NAME_H_
#define SLUICE_KAFKA_TOPIC_NAME_H_

#include <string_view>

namespace sluice {

/// Kafka's rule: 1 to 249 of [a-zA-Z0-9._-], and neither "." nor "..".
inline bool IsTopicName(std::string_view name) {
  if (name.empty() || name.size() > 249 || name == "." || name == "..") return false;
  for (const char c : name) {
    const bool legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (!legal) return false;
  }
  return true;
}

}  // namespace sluice

#endif  // SLUICE_KAFKA_TOPIC_NAME_H_
