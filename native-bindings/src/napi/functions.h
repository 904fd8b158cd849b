// The native functions and classes, by subject; addon.cc exports them.
#ifndef SLUICE_NAPI_FUNCTIONS_H_
#define SLUICE_NAPI_FUNCTIONS_H_

#include <cstdint>

#include "napi/setup.h"

namespace sluice {

/// Adds a function to `exports`.
inline void ExportFunction(napi_env env, napi_value exports, const char* name,
                           napi_callback function) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

/// A number of JavaScript, below 2^53.
inline napi_value Integer(napi_env env, int64_t number) {
  napi_value result = nullptr;
  napi_create_int64(env, number, &result);
  return result;
}

/// A method of a class.
inline napi_property_descriptor Method(const char* name, napi_callback function) {
  return {name, nullptr, function, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

/// Adds a class to `exports`.
template <size_t kCount>
void ExportClass(napi_env env, napi_value exports, const char* name, napi_callback constructor,
                 const napi_property_descriptor (&methods)[kCount]) {
  napi_value value = nullptr;
  napi_define_class(env, name, NAPI_AUTO_LENGTH, constructor, nullptr, kCount, methods, &value);
  napi_set_named_property(env, exports, name, value);
}

void ExportEngine(napi_env env, napi_value exports);
void ExportMetrics(napi_env env, napi_value exports);
void ExportProducer(napi_env env, napi_value exports);
void ExportStreams(napi_env env, napi_value exports);
void ExportConsumers(napi_env env, napi_value exports);
void ExportAdmin(napi_env env, napi_value exports);
void ExportCluster(napi_env env, napi_value exports);
void ExportCodec(napi_env env, napi_value exports);
void ExportJobs(napi_env env, napi_value exports);
void ExportSockets(napi_env env, napi_value exports);

}  // namespace sluice

#endif  // SLUICE_NAPI_FUNCTIONS_H_
