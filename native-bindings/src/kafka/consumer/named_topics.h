// The topics that the clients of a consumer instance have named.
#ifndef SLUICE_KAFKA_CONSUMER_NAMED_TOPICS_H_
#define SLUICE_KAFKA_CONSUMER_NAMED_TOPICS_H_

#include <cstddef>
#include <set>
#include <string>

namespace sluice {

/// Bounds the memory for names. librdkafka keeps a topic that was assigned or subscribed until its
/// client is destroyed, about 20 KiB each, whether the topic exists or not. Used by the consumer's
/// actor only.
class NamedTopics {
 public:
  /// Far above the topics that an application reads one after another with one instance.
  static constexpr size_t kMax = 2000;

  /// Adds the names. Returns false, and adds none, when there would be more than kMax.
  bool Add(const std::set<std::string>& names);

 private:
  std::set<std::string> names_;
};

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONSUMER_NAMED_TOPICS_H_
