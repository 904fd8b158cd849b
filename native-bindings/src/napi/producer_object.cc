// The producer, and bodies that arrive in pieces.
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "kafka/body.h"
#include "kafka/engine.h"
#include "kafka/produce_draft.h"
#include "kafka/producer.h"
#include "kafka/rest_code.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

/// A body while it arrives; empty once it was produced.
using BodyObject = std::optional<Body>;
/// Null once it was produced or released.
using DraftObject = std::shared_ptr<ProduceDraft>;
using ProducerObject = std::shared_ptr<Producer>;

/// new Body(announcedSize)
napi_value NewBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int64_t size = arguments.Long(0);
  if (!arguments.Require(size >= 0, "a size")) return nullptr;
  auto* body = new BodyObject();
  body->emplace(Engine::Get().arriving_budget(), static_cast<size_t>(size));
  arguments.Wrap(body);
  return arguments.self();
}

/// body.append(chunk): 0, or the REST code of why it was not taken
napi_value AppendToBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string_view bytes = arguments.Bytes(0);
  auto* body = arguments.Unwrap<BodyObject>(arguments.self());
  if (!arguments.ok()) return nullptr;
  if (!arguments.Require(body->has_value(), "a body that was not produced or released")) {
    return nullptr;
  }
  return Integer(env, (*body)->Append(bytes.data(), bytes.size()));
}

/// body.bytes(): a copy of what was appended
napi_value BytesOfBody(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* body = arguments.Unwrap<BodyObject>(arguments.self());
  if (!arguments.ok()) return nullptr;
  const size_t size = body->has_value() ? (*body)->size() : 0;
  void* data = nullptr;
  napi_value result = nullptr;
  // An environment that ends makes no objects any more.
  if (napi_create_arraybuffer(env, size, &data, &result) != napi_ok) return nullptr;
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

/// new Producer(properties, isPooled?)
napi_value NewProducer(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Properties properties = arguments.PropertiesAt(0);
  const bool is_pooled = arguments.OptionalBool(1);
  if (!arguments.ok()) return nullptr;
  arguments.Wrap(new ProducerObject(Producer::Get(std::move(properties), is_pooled)));
  return arguments.self();
}

/// The body behind an argument, which is a Body that was collected or bytes to be copied now. It
/// counts as waiting for Kafka. Where there is no room `code` is set to a REST code.
std::optional<Body> TakeBody(Arguments& arguments, size_t index, int32_t* code) {
  Budget& budget = Engine::Get().produce_budget();
  bool is_bytes = false;
  napi_is_arraybuffer(arguments.env(), arguments.raw(index), &is_bytes);
  if (!is_bytes) napi_is_typedarray(arguments.env(), arguments.raw(index), &is_bytes);
  if (!is_bytes) {
    auto* collected = arguments.Unwrap<BodyObject>(arguments.raw(index));
    if (!arguments.Require(collected && *collected, "a body that was not produced or released")) {
      return std::nullopt;
    }
    // A body that has no room is freed here: no caller asks for it again.
    std::optional<Body> body = std::exchange(*collected, std::nullopt);
    if (body->MoveTo(budget)) return body;
    *code = kTooManyRequests;
    return std::nullopt;
  }
  const std::string_view bytes = arguments.Bytes(index);
  if (!arguments.ok()) return std::nullopt;
  Body body(budget, bytes.size());
  *code = body.Append(bytes.data(), bytes.size());
  if (*code != 0) return std::nullopt;
  return body;
}

/// Two optional texts: `traceparent` and `tracestate`.
TraceHeaders TraceArguments(Arguments& arguments, size_t index) {
  if (!arguments.Has(index)) return {};
  return {arguments.String(index), arguments.String(index + 1)};
}

/// producer.produce(topic, partition, format, body, ticket, traceparent?, tracestate?): 0, or the
/// REST code of why it was not taken
napi_value Produce(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* producer = arguments.Unwrap<ProducerObject>(arguments.self());
  std::string topic = arguments.String(0);
  const int32_t partition = arguments.Int(1);
  const Format format = arguments.FormatAt(2);
  // The schema format without a draft would write texts in the place of payloads.
  arguments.Require(format != Format::kSchema, "a format that needs no draft");
  const ReplyTo reply_to = ReplyToArgument(arguments, 4);
  TraceHeaders trace = TraceArguments(arguments, 5);
  if (!arguments.ok()) return nullptr;
  int32_t code = 0;
  std::optional<Body> body = TakeBody(arguments, 3, &code);
  if (!arguments.ok()) return nullptr;
  if (!body) return Integer(env, code);
  (*producer)->Produce(std::move(topic), partition, format, std::move(*body), reply_to,
                       std::move(trace));
  return Integer(env, 0);
}

/// new Draft()
napi_value NewDraft(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  arguments.Wrap(new DraftObject());
  return arguments.self();
}

/// draft.parse(body, ticket): 0, or the REST code of why the body was not taken
napi_value ParseDraft(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* object = arguments.Unwrap<DraftObject>(arguments.self());
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  if (!arguments.ok()) return nullptr;
  int32_t code = 0;
  std::optional<Body> body = TakeBody(arguments, 0, &code);
  if (!arguments.ok()) return nullptr;
  if (!body) return Integer(env, code);
  const size_t size = body->size();
  *object = std::make_shared<ProduceDraft>(std::move(*body));
  Engine::Get().parsers().Run(size, [draft = *object, reply_to] { draft->Parse(reply_to); });
  return Integer(env, 0);
}

/// The draft of `self` or an argument, which was parsed and has not been produced or released.
DraftObject* DraftOf(Arguments& arguments, napi_value object) {
  auto* draft = arguments.Unwrap<DraftObject>(object);
  return arguments.Require(draft && *draft, "a draft that was parsed") ? draft : nullptr;
}

/// draft.release(): frees it before it is collected
napi_value ReleaseDraft(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* object = arguments.Unwrap<DraftObject>(arguments.self());
  if (arguments.ok()) object->reset();
  return nullptr;
}

/// producer.produceDraft(topic, partition, draft, keySchemaId, valueSchemaId, ticket, traceparent?,
///                       tracestate?)
napi_value ProduceTheDraft(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* producer = arguments.Unwrap<ProducerObject>(arguments.self());
  std::string topic = arguments.String(0);
  const int32_t partition = arguments.Int(1);
  auto* draft = DraftOf(arguments, arguments.raw(2));
  const SchemaIds schema_ids = {arguments.Int(3), arguments.Int(4)};
  const ReplyTo reply_to = ReplyToArgument(arguments, 5);
  TraceHeaders trace = TraceArguments(arguments, 6);
  if (!arguments.ok() ||
      !arguments.Require((*draft)->missing_payloads() == 0, "a draft with all payloads")) {
    return nullptr;
  }
  (*producer)->Produce(std::move(topic), partition, std::move(*draft), schema_ids, reply_to,
                       std::move(trace));
  return nullptr;
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

/// closePooledProducers(timeoutMs, ticket)
napi_value ClosePooledProducers(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int timeout_ms = arguments.Int(0);
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  if (arguments.ok()) Producer::ClosePooled(timeout_ms, reply_to);
  return nullptr;
}

}  // namespace

void ExportProducer(napi_env env, napi_value exports) {
  const napi_property_descriptor body[] = {
      Method("append", AppendToBody), Method("bytes", BytesOfBody), Method("release", ReleaseBody)};
  ExportClass(env, exports, "Body", NewBody, body);
  const napi_property_descriptor draft[] = {Method("parse", ParseDraft),
                                            Method("release", ReleaseDraft)};
  ExportClass(env, exports, "Draft", NewDraft, draft);
  const napi_property_descriptor producer[] = {Method("produce", Produce),
                                               Method("produceDraft", ProduceTheDraft),
                                               Method("close", CloseProducer)};
  ExportClass(env, exports, "Producer", NewProducer, producer);
  ExportFunction(env, exports, "closePooledProducers", ClosePooledProducers);
}

}  // namespace sluice
