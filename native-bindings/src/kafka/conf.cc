#include "kafka/conf.h"

#include <cstdlib>
#include <cstring>

#include "kafka/engine.h"
#include "kafka/log_throttle.h"

namespace sluice {
namespace {

/// Called on librdkafka's threads.
void OnLog(const rd_kafka_t* rk, int level, const char* facility, const char* text) {
  std::string line = facility;
  line.append(": ").append(text);
  Engine::Get().Log(level, rk ? rd_kafka_name(rk) : "librdkafka", LogKindOf(facility, text), line);
}

}  // namespace

Properties::~Properties() {
  for (auto& property : *this) explicit_bzero(property.second.data(), property.second.size());
}

ConfRef MakeConf(const Properties& properties, std::vector<PropertyFault>* faults) {
  ConfRef conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  for (const auto& [name, value] : properties) {
    char reason[512];
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason, sizeof(reason)) !=
        RD_KAFKA_CONF_OK) {
      faults->push_back({name, reason});
    }
  }
  return conf;
}

std::string ValueOf(const rd_kafka_conf_t* conf, const char* name) {
  size_t size = 0;
  if (rd_kafka_conf_get(conf, name, nullptr, &size) != RD_KAFKA_CONF_OK) return {};
  std::string value(size, '\0');
  rd_kafka_conf_get(conf, name, value.data(), &size);
  value.resize(strlen(value.c_str()));
  return value;
}

int64_t NumberOf(const rd_kafka_conf_t* conf, const char* name) {
  return strtoll(ValueOf(conf, name).c_str(), nullptr, 10);
}

std::string DescribeFaults(const std::vector<PropertyFault>& faults) {
  std::string text;
  for (const auto& fault : faults) {
    if (!text.empty()) text.append("; ");
    text.append(fault.name).append(": ").append(fault.reason);
  }
  return text;
}

}  // namespace sluice
