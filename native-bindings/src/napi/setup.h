// The only place that includes Node-API, so that its settings are the same everywhere.
#ifndef SLUICE_NAPI_SETUP_H_
#define SLUICE_NAPI_SETUP_H_

#ifndef NAPI_VERSION
#define NAPI_VERSION 9
#endif
#include <node_api.h>
#include <uv.h>

#endif  // SLUICE_NAPI_SETUP_H_
