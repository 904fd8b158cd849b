// The producer, and bodies that arrive in pieces.
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "kafka/body.h"
#include "kafka/engine.h"
#include "kafka/producer.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

/// A body while it arrives; empty once it was produced.
using BodyObject = std::optional<Body>;
using ProducerObject = std::shared_ptr<Producer>;

napi_value Boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

/// new Body(expectedSize)
napi_value NewBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int64_t size = arguments.Long(0);
  if (!arguments.Require(size >= 0, "a size")) return nullptr;
  auto* body = new BodyObject(Engine::Get().produce_budget());
  (*body)->Reserve(static_cast<size_t>(size));
  arguments.Wrap(body);
  return arguments.self();
}

/// body.append(chunk): whether the budget has room for it
napi_value AppendToBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string_view bytes = arguments.Bytes(0);
  auto* body = arguments.Unwrap<BodyObject>(arguments.self());
  if (!arguments.ok()) return nullptr;
  return Boolean(env, body->has_value() && (*body)->Append(bytes.data(), bytes.size()));
}

/// body.bytes(): a copy of what was appended
napi_value BytesOfBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* body = arguments.Unwrap<BodyObject>(arguments.self());
  if (!arguments.ok()) return nullptr;
  const size_t size = body->has_value() ? (*body)->size() : 0;
  void* data = nullptr;
  napi_value result = nullptr;
  napi_create_arraybuffer(env, size, &data, &result);
  if (size > 0) memcpy(data, (*body)->data(), size);
  return result;
}

/// body.release(): frees it before it is collected
napi_value ReleaseBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* body = arguments.Unwrap<BodyObject>(arguments.self());
  if (arguments.ok()) body->reset();
  return nullptr;
}

/// new Producer(properties)
napi_value NewProducer(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Properties properties = arguments.PropertiesAt(0);
  if (!arguments.ok()) return nullptr;
  arguments.Wrap(new ProducerObject(Producer::Get(std::move(properties))));
  return arguments.self();
}

/// The body behind an argument: a Body that was collected, or bytes to be copied now.
std::optional<Body> TakeBody(Arguments& arguments, size_t index) {
  bool is_bytes = false;
  napi_is_arraybuffer(arguments.env(), arguments.raw(index), &is_bytes);
  if (!is_bytes) napi_is_typedarray(arguments.env(), arguments.raw(index), &is_bytes);
  if (!is_bytes) {
    auto* collected = arguments.Unwrap<BodyObject>(arguments.raw(index));
    return collected ? std::exchange(*collected, std::nullopt) : std::nullopt;
  }
  const std::string_view bytes = arguments.Bytes(index);
  Body body(Engine::Get().produce_budget());
  if (!arguments.ok() || !body.Append(bytes.data(), bytes.size())) return std::nullopt;
  return body;
}

/// producer.produce(topic, partition, format, body, ticket): false when the budget has no room
napi_value Produce(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* producer = arguments.Unwrap<ProducerObject>(arguments.self());
  std::string topic = arguments.String(0);
  const int32_t partition = arguments.Int(1);
  const Format format = arguments.FormatAt(2);
  const ReplyTo reply_to = ReplyToArgument(arguments, 4);
  if (!arguments.ok()) return nullptr;
  std::optional<Body> body = TakeBody(arguments, 3);
  if (!arguments.ok()) return nullptr;
  if (!body) return Boolean(env, false);
  (*producer)->Produce(std::move(topic), partition, format, std::move(*body), reply_to);
  return Boolean(env, true);
}

/// producer.close(timeoutMs, ticket)
napi_value CloseProducer(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* producer = arguments.Unwrap<ProducerObject>(arguments.self());
  const int timeout_ms = arguments.Int(0);
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  if (arguments.ok()) (*producer)->Close(timeout_ms, reply_to);
  return nullptr;
}

}  // namespace

void ExportProducer(napi_env env, napi_value exports) {
  const napi_property_descriptor body[] = {
      Method("append", AppendToBody), Method("bytes", BytesOfBody), Method("release", ReleaseBody)};
  ExportClass(env, exports, "Body", NewBody, body);
  const napi_property_descriptor producer[] = {Method("produce", Produce),
                                               Method("close", CloseProducer)};
  ExportClass(env, exports, "Producer", NewProducer, producer);
}

}  // namespace sluice
