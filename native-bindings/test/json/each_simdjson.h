// Runs tests with each of simdjson's implementations: a processor would choose only one of them.
#ifndef SLUICE_TEST_JSON_EACH_SIMDJSON_H_
#define SLUICE_TEST_JSON_EACH_SIMDJSON_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "simdjson.h"

namespace sluice {

/// A fixture under which the parameter is the implementation in use.
class EachSimdjson : public testing::TestWithParam<const simdjson::implementation*> {
 protected:
  EachSimdjson() : default_(simdjson::get_active_implementation()) {
    simdjson::get_active_implementation() = GetParam();
  }
  ~EachSimdjson() override { simdjson::get_active_implementation() = default_; }

 private:
  const simdjson::implementation* const default_;
};

/// Those that this processor can run.
inline std::vector<const simdjson::implementation*> SupportedSimdjson() {
  std::vector<const simdjson::implementation*> supported;
  for (const auto* each : simdjson::get_available_implementations()) {
    if (each->supported_by_runtime_system()) supported.push_back(each);
  }
  return supported;
}

inline std::string SimdjsonName(
    const testing::TestParamInfo<const simdjson::implementation*>& test) {
  return test.param->name();
}

}  // namespace sluice

#endif  // SLUICE_TEST_JSON_EACH_SIMDJSON_H_
