// The listening sockets for JavaScript.
#include "napi/arguments.h"
#include "napi/functions.h"
#include "net/listening_sockets.h"

namespace sluice {

namespace {

using PortFunction = uint32_t (*)(uint16_t port);

/// A function from a port to a count.
template <PortFunction kFunction>
napi_value OfPort(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const uint32_t port = arguments.Uint(0);
  if (!arguments.Require(port <= UINT16_MAX, "a port")) return nullptr;
  napi_value count = nullptr;
  napi_create_uint32(env, kFunction(static_cast<uint16_t>(port)), &count);
  return count;
}

}  // namespace

void ExportSockets(napi_env env, napi_value exports) {
  ExportFunction(env, exports, "ignoreNewHandshakes", OfPort<IgnoreNewHandshakes>);
  ExportFunction(env, exports, "waitingConnections", OfPort<WaitingConnections>);
}

}  // namespace sluice
