// Listening sockets, connections and descriptors for JavaScript.
#include <memory>
#include <utility>

#include "napi/arguments.h"
#include "napi/functions.h"
#include "net/descriptors.h"
#include "net/listening_socket.h"
#include "net/peers.h"

namespace sluice {
namespace {

/// A listening socket of uWebSockets.js, and the handle by which that polls it. The handle is gone
/// when uWebSockets.js closes the socket; the object must not be used then.
struct PolledSocket {
  uv_poll_t* poll = nullptr;
  std::unique_ptr<ListeningSocket> socket;
  bool is_paused = false;
};

/// The handle of `loop` that polls a listening socket at `port`; the newest, if there are several.
uv_poll_t* FindPoll(uv_loop_t* loop, uint16_t port) {
  struct Search {
    uint16_t port;
    uv_poll_t* found;
  } search{port, nullptr};
  const auto look = [](uv_handle_t* handle, void* data) {
    auto* const search = static_cast<Search*>(data);
    uv_os_fd_t fd = -1;
    if (uv_handle_get_type(handle) != UV_POLL || uv_is_closing(handle)) return;
    if (uv_fileno(handle, &fd) != 0 || ListeningPort(fd) != search->port) return;
    search->found = reinterpret_cast<uv_poll_t*>(handle);
  };
  uv_walk(loop, look, &search);  // The oldest first.
  return search.found;
}

bool IsPort(int64_t value) { return value > 0 && value <= UINT16_MAX; }

/// new ListeningSocket(port)
napi_value NewListeningSocket(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int64_t port = arguments.Long(0);
  if (!arguments.Require(IsPort(port), "a port")) return nullptr;
  uv_loop_t* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  uv_poll_t* const poll = FindPoll(loop, static_cast<uint16_t>(port));
  if (!arguments.Require(poll != nullptr, "a port at which the event loop listens")) return nullptr;
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<uv_handle_t*>(poll), &fd);
  auto socket = ListeningSocket::At(fd);
  if (!socket) {
    napi_throw_error(env, nullptr, "No descriptor is left for the listener; raise ulimit -n.");
    return nullptr;
  }
  arguments.Wrap(new PolledSocket{poll, std::move(socket)});
  return arguments.self();
}

PolledSocket* SelfOf(Arguments& arguments) {
  auto* self = arguments.Unwrap<PolledSocket>(arguments.self());
  return arguments.ok() && arguments.Require(self->socket != nullptr, "an open socket") ? self
                                                                                        : nullptr;
}

/// socket.pause()
napi_value Pause(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  PolledSocket* const self = SelfOf(arguments);
  if (self == nullptr || self->is_paused) return nullptr;
  self->is_paused = true;
  uv_poll_stop(self->poll);
  self->socket->Hide();
  return nullptr;
}

/// socket.resume()
napi_value Resume(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  PolledSocket* const self = SelfOf(arguments);
  if (self == nullptr || !self->is_paused) return nullptr;
  self->is_paused = false;
  self->socket->Show();
  uv_poll_start(self->poll, UV_READABLE, self->poll->poll_cb);
  return nullptr;
}

/// socket.ignoreNewHandshakes()
napi_value IgnoreNewHandshakes(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  if (PolledSocket* const self = SelfOf(arguments)) self->socket->IgnoreNewHandshakes();
  return nullptr;
}

/// socket.setSendBuffer(bytes)
napi_value SetSendBuffer(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  PolledSocket* const self = SelfOf(arguments);
  const uint32_t bytes = arguments.Uint(0);
  if (self != nullptr && arguments.ok()) self->socket->SetSendBuffer(bytes);
  return nullptr;
}

/// socket.waiting()
napi_value Waiting(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  PolledSocket* const self = SelfOf(arguments);
  napi_value count = nullptr;
  if (self != nullptr) napi_create_uint32(env, self->socket->waiting(), &count);
  return count;
}

/// socket.release()
napi_value Release(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  if (PolledSocket* const self = SelfOf(arguments)) self->socket.reset();
  return nullptr;
}

/// freePort(host, port): the port, or 0 when another socket has it
napi_value FindFreePort(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string host = arguments.String(0);
  const int64_t port = arguments.Long(1);
  if (!arguments.Require(port == 0 || IsPort(port), "a port, or 0")) return nullptr;
  napi_value free_port = nullptr;
  napi_create_uint32(env, FreePort(host.c_str(), static_cast<uint16_t>(port)), &free_port);
  return free_port;
}

/// new Peers()
napi_value NewPeers(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  arguments.Wrap(new Peers(PeerCounts::Get()));
  return arguments.self();
}

/// peers.admit(descriptor, max, address?)
napi_value Admit(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* peers = arguments.Unwrap<Peers>(arguments.self());
  const int32_t descriptor = arguments.Int(0);
  const uint32_t max = arguments.Uint(1);
  const std::string_view client = arguments.OptionalBytes(2);
  if (!arguments.ok()) return nullptr;
  napi_value is_admitted = nullptr;
  napi_get_boolean(env, peers->Admit(descriptor, max, client), &is_admitted);
  return is_admitted;
}

/// peers.onClosed(descriptor)
napi_value OnClosed(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* peers = arguments.Unwrap<Peers>(arguments.self());
  const int32_t descriptor = arguments.Int(0);
  if (arguments.ok()) peers->OnClosed(descriptor);
  return nullptr;
}

/// A function that tells a number.
template <uint64_t (*kFunction)()>
napi_value Number(napi_env env, napi_callback_info) {
  napi_value number = nullptr;
  napi_create_double(env, static_cast<double>(kFunction()), &number);
  return number;
}

}  // namespace

void ExportSockets(napi_env env, napi_value exports) {
  const napi_property_descriptor of_sockets[] = {
      Method("pause", Pause),
      Method("resume", Resume),
      Method("ignoreNewHandshakes", IgnoreNewHandshakes),
      Method("setSendBuffer", SetSendBuffer),
      Method("waiting", Waiting),
      Method("release", Release),
  };
  ExportClass(env, exports, "ListeningSocket", NewListeningSocket, of_sockets);
  const napi_property_descriptor of_peers[] = {
      Method("admit", Admit),
      Method("onClosed", OnClosed),
  };
  ExportClass(env, exports, "Peers", NewPeers, of_peers);
  ExportFunction(env, exports, "freePort", FindFreePort);
  ExportFunction(env, exports, "openDescriptors", Number<OpenDescriptors>);
  ExportFunction(env, exports, "descriptorLimit", Number<DescriptorLimit>);
}

}  // namespace sluice
