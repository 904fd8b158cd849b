// The parser and the renderer alone, without Kafka: for property tests and benchmarks.
#include <cstring>
#include <string>
#include <vector>

#include "json/produce_request.h"
#include "json/record_writer.h"
#include "napi/arguments.h"
#include "napi/functions.h"

namespace sluice {
namespace {

napi_value BufferOrNull(napi_env env, const Bytes& bytes) {
  napi_value value = nullptr;
  if (bytes.is_null()) {
    napi_get_null(env, &value);
  } else {
    napi_create_buffer_copy(env, bytes.size, bytes.data, nullptr, &value);
  }
  return value;
}

napi_value Number(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value ToJavaScript(napi_env env, const ProduceRequest& request) {
  napi_value records = nullptr;
  napi_create_array_with_length(env, request.records.size(), &records);
  for (uint32_t i = 0; i < request.records.size(); ++i) {
    const ProduceRecord& record = request.records[i];
    napi_value headers = nullptr;
    napi_create_array_with_length(env, record.header_count, &headers);
    for (uint32_t h = 0; h < record.header_count; ++h) {
      const Header& header = request.headers[record.first_header + h];
      napi_value pair = nullptr;
      napi_create_array_with_length(env, 2, &pair);
      napi_set_element(env, pair, 0, BufferOrNull(env, header.name));
      napi_set_element(env, pair, 1, BufferOrNull(env, header.value));
      napi_set_element(env, headers, h, pair);
    }
    napi_value object = nullptr;
    napi_create_object(env, &object);
    napi_set_named_property(env, object, "key", BufferOrNull(env, record.key));
    napi_set_named_property(env, object, "value", BufferOrNull(env, record.value));
    napi_set_named_property(env, object, "partition", Number(env, record.partition));
    napi_set_named_property(env, object, "timestamp",
                            Number(env, static_cast<double>(record.timestamp_ms)));
    napi_set_named_property(env, object, "headers", headers);
    napi_set_element(env, records, i, object);
  }
  return records;
}

/// parseProduceRequest(format, body): its records, or [errorCode, message]
napi_value ParseProduceRequest(napi_env env, napi_callback_info info) {
  static thread_local ProduceRequestParser parser;
  Arguments arguments(env, info);
  const Format format = arguments.FormatAt(0);
  std::string body(arguments.Bytes(1));
  if (!arguments.ok()) return nullptr;
  const size_t size = body.size();
  body.resize(size + ProduceRequestParser::kPadding);
  ProduceRequest request;
  ProduceFault fault;
  if (parser.Parse(format, body.data(), size, {}, &request, &fault)) {
    return ToJavaScript(env, request);
  }
  napi_value pair = nullptr;
  napi_value message = nullptr;
  napi_create_array_with_length(env, 2, &pair);
  napi_create_string_utf8(env, fault.message.data(), fault.message.size(), &message);
  napi_set_element(env, pair, 0, Number(env, fault.error_code));
  napi_set_element(env, pair, 1, message);
  return pair;
}

/// countProducedRecords(format, body): how many there are, for benchmarks: parses, builds nothing
napi_value CountProducedRecords(napi_env env, napi_callback_info info) {
  static thread_local ProduceRequestParser parser;
  static thread_local ProduceRequest request;
  static thread_local std::string body;
  Arguments arguments(env, info);
  const Format format = arguments.FormatAt(0);
  const std::string_view bytes = arguments.Bytes(1);
  if (!arguments.ok()) return nullptr;
  body.assign(bytes);
  body.resize(bytes.size() + ProduceRequestParser::kPadding);
  ProduceFault fault;
  const bool accepted = parser.Parse(format, body.data(), bytes.size(), {}, &request, &fault);
  return Number(env, accepted ? static_cast<double>(request.records.size()) : -1);
}

/// renderRecord(format, topic, partition, offset, key, value, repeat): the JSON of `repeat` copies
/// one after another in an ArrayBuffer, or a string that says why it cannot be rendered. `key` and
/// `value` are bytes or null.
napi_value RenderRecord(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Format format = arguments.FormatAt(0);
  const std::string topic = arguments.String(1);
  ConsumedRecord record;
  record.topic = topic;
  record.partition = arguments.Int(2);
  record.offset = arguments.Long(3);
  record.key = arguments.BytesOrNull(4);
  record.value = arguments.BytesOrNull(5);
  const uint32_t repeat = arguments.Uint(6);
  if (!arguments.ok()) return nullptr;
  static thread_local std::vector<char> out;  // Kept, so that benchmarks measure no allocation.
  RecordWriter writer({format, false, false});
  std::string fault;
  size_t used = 0;
  for (uint32_t i = 0; i < repeat; ++i) {
    size_t written = 0;
    for (;;) {
      const auto outcome =
          writer.Write(record, out.data() + used, out.size() - used, &written, &fault);
      if (outcome == RecordWriter::Outcome::kWritten) break;
      if (outcome == RecordWriter::Outcome::kUndecodable) {
        napi_value message = nullptr;
        napi_create_string_utf8(env, fault.data(), fault.size(), &message);
        return message;
      }
      out.resize(out.size() * 2 + 4096);
    }
    used += written;
  }
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_create_arraybuffer(env, used, &data, &buffer);
  if (used > 0) memcpy(data, out.data(), used);
  return buffer;
}

}  // namespace

void ExportCodec(napi_env env, napi_value exports) {
  ExportFunction(env, exports, "parseProduceRequest", ParseProduceRequest);
  ExportFunction(env, exports, "countProducedRecords", CountProducedRecords);
  ExportFunction(env, exports, "renderRecord", RenderRecord);
}

}  // namespace sluice
