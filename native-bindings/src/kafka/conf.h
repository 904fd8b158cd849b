// Name and value pairs to a librdkafka configuration.
#ifndef SLUICE_KAFKA_CONF_H_
#define SLUICE_KAFKA_CONF_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kafka/handles.h"

namespace sluice {

/// Names and values of librdkafka's properties. Values may be secrets: their memory is overwritten
/// when the object goes.
class Properties : public std::vector<std::pair<std::string, std::string>> {
 public:
  using vector::vector;
  Properties() = default;
  Properties(const Properties&) = default;
  Properties(Properties&&) noexcept = default;
  Properties& operator=(Properties other) noexcept {
    swap(other);
    return *this;
  }
  ~Properties();
};

/// A property that librdkafka refuses, and its reason.
struct PropertyFault {
  std::string name;
  std::string reason;
};

/// A configuration with `properties` and this engine's log callback. Properties that librdkafka
/// refuses are left out and appended to `faults`. Safe from any thread.
ConfRef MakeConf(const Properties& properties, std::vector<PropertyFault>* faults);

/// The value of a property, as librdkafka formats it; empty when there is no such property.
std::string ValueOf(const rd_kafka_conf_t* conf, const char* name);

/// The value of a property that is a number.
int64_t NumberOf(const rd_kafka_conf_t* conf, const char* name);

/// Formats faults as one line: `linger.ms: Invalid value …; …`.
std::string DescribeFaults(const std::vector<PropertyFault>& faults);

}  // namespace sluice

#endif  // SLUICE_KAFKA_CONF_H_
