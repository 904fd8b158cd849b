// Name and value pairs to a librdkafka configuration.
#ifndef SLUICE_KAFKA_CONF_H_
#define SLUICE_KAFKA_CONF_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kafka/handles.h"

namespace sluice {

using Properties = std::vector<std::pair<std::string, std::string>>;

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
