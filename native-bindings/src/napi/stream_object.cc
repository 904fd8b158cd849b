// Streams of records to one topic.
#include <memory>
#include <string>
#include <utility>

#include "kafka/produce_stream.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

using ProducerObject = std::shared_ptr<Producer>;
using StreamObject = std::shared_ptr<ProduceStream>;

napi_value FlowOf(napi_env env, ProduceStream::Flow flow) {
  return Integer(env, static_cast<int32_t>(flow));
}

/// new Stream(producer, topic, clusterId, isChunked, maxRecordBytes, maxEntries, ticket,
/// traceparent?,
///            tracestate?)
napi_value NewStream(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* producer = arguments.Unwrap<ProducerObject>(arguments.raw(0));
  ProduceStreamOptions options;
  options.topic = arguments.String(1);
  options.cluster_id = arguments.String(2);
  options.is_chunked = arguments.Bool(3);
  options.max_record_bytes = arguments.Uint(4);
  options.max_entries = arguments.Uint(5);
  ReplyTo reply_to = ReplyToArgument(arguments, 6);
  if (arguments.Has(7)) options.trace = {arguments.String(7), arguments.String(8)};
  if (!arguments.ok()) return nullptr;
  arguments.Wrap(
      new StreamObject(ProduceStream::Create(*producer, std::move(options), std::move(reply_to))));
  return arguments.self();
}

/// stream.push(piece): Flow
napi_value Push(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  const std::string_view piece = arguments.Bytes(0);
  if (!arguments.ok()) return nullptr;
  return FlowOf(env, (*stream)->Push(piece));
}

/// stream.pushBatch(body)
napi_value PushBatch(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  const std::string_view body = arguments.Bytes(0);
  if (arguments.ok()) (*stream)->PushBatch(body);
  return nullptr;
}

/// stream.end()
napi_value End(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  if (arguments.ok()) (*stream)->End();
  return nullptr;
}

/// stream.endWith(code, message)
napi_value EndWith(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  const int32_t code = arguments.Int(0);
  const std::string message = arguments.String(1);
  if (arguments.ok()) (*stream)->EndWith(code, message);
  return nullptr;
}

/// stream.expire(code, message)
napi_value Expire(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  const int32_t code = arguments.Int(0);
  std::string message = arguments.String(1);
  if (arguments.ok()) (*stream)->Expire(code, std::move(message));
  return nullptr;
}

/// stream.taken(answers): Flow
napi_value Taken(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  const uint32_t answers = arguments.Uint(0);
  if (!arguments.ok()) return nullptr;
  return FlowOf(env, (*stream)->Taken(answers));
}

/// stream.abandon()
napi_value Abandon(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  if (arguments.ok()) (*stream)->Abandon();
  return nullptr;
}

/// stream.refuseEncoding(code, message)
napi_value RefuseEncoding(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  const int32_t code = arguments.Int(0);
  const std::string message = arguments.String(1);
  if (!arguments.ok()) return nullptr;
  if (!arguments.Require((*stream)->record_count() > 0, "records to encode")) return nullptr;
  (*stream)->RefuseEncoding(code, message);
  return nullptr;
}

/// stream.finishEncoding(schemas)
napi_value FinishEncoding(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* stream = arguments.Unwrap<StreamObject>(arguments.self());
  auto schemas = arguments.Strings(0);
  if (!arguments.ok()) return nullptr;
  const bool is_complete = (*stream)->record_count() > 0 && (*stream)->missing_payloads() == 0 &&
                           schemas.size() == (*stream)->encoding_schemas();
  if (!arguments.Require(is_complete, "all payloads and schemas")) return nullptr;
  (*stream)->FinishEncoding(std::move(schemas));
  return nullptr;
}

}  // namespace

void ExportStreams(napi_env env, napi_value exports) {
  const napi_property_descriptor stream[] = {Method("push", Push),
                                             Method("pushBatch", PushBatch),
                                             Method("end", End),
                                             Method("endWith", EndWith),
                                             Method("expire", Expire),
                                             Method("taken", Taken),
                                             Method("abandon", Abandon),
                                             Method("refuseEncoding", RefuseEncoding),
                                             Method("finishEncoding", FinishEncoding)};
  ExportClass(env, exports, "Stream", NewStream, stream);
}

}  // namespace sluice
