// The list of what JavaScript can call: ../index.d.ts says what each does.
#include "napi/environment.h"
#include "napi/functions.h"

NAPI_MODULE_INIT() {
  sluice::Environment::Attach(env);
  sluice::ExportEngine(env, exports);
  sluice::ExportMetrics(env, exports);
  sluice::ExportProducer(env, exports);
  sluice::ExportStreams(env, exports);
  sluice::ExportConsumers(env, exports);
  sluice::ExportAdmin(env, exports);
  sluice::ExportCluster(env, exports);
  sluice::ExportCodec(env, exports);
  sluice::ExportJobs(env, exports);
  sluice::ExportSockets(env, exports);
  return exports;
}
