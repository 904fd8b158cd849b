// The engine as a whole: mailbox, limits, versions, error codes, the embedded cluster.
#include <librdkafka/rdkafka.h>

#include <memory>
#include <mutex>
#include <string>

#include "kafka/client_faults.h"
#include "kafka/embedded_cluster.h"
#include "kafka/engine.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

napi_value Text(napi_env env, std::string_view text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

void SetElement(napi_env env, napi_value array, uint32_t index, napi_value element) {
  napi_set_element(env, array, index, element);
}

/// openMailbox(layout, texts, drain)
napi_value OpenMailbox(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Environment* environment = Environment::Of(env);
  if (environment->mailbox()) {
    napi_throw_error(env, nullptr, "The mailbox of this environment is already open.");
    return nullptr;
  }
  const size_t room = arguments.Ints(0).size();
  arguments.Require(room >= Mailbox::kFields, "a layout with room for a message");
  bool is_array = false;
  napi_is_typedarray(env, arguments.raw(1), &is_array);
  if (arguments.Require(is_array, "a Uint8Array")) arguments.Bytes(1);
  napi_valuetype type = napi_undefined;
  napi_typeof(env, arguments.raw(2), &type);
  if (!arguments.Require(type == napi_function, "a function")) return nullptr;
  auto mailbox = Mailbox::Open(env, arguments.raw(0), arguments.raw(1), arguments.raw(2));
  environment->OpenMailbox(mailbox);
  return nullptr;
}

/// receiveLog()
napi_value ReceiveLog(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const auto& mailbox = MailboxOf(arguments);
  if (arguments.ok()) Engine::Get().SetLogOutbox(mailbox);
  return nullptr;
}

/// keepAlive(keep)
napi_value KeepAlive(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const auto& mailbox = MailboxOf(arguments);
  const bool keep = arguments.Bool(0);
  if (arguments.ok()) mailbox->KeepAlive(keep);
  return nullptr;
}

/// configure(arrivingBytes, produceInflightBytes, consumeBufferedBytes, consumerThreads,
///           parseThreads, maxConsumers, maxSchemaBytes, maxLagPartitions, maxPooledClients,
///           pooledIdleMs, maxBrokers)
napi_value Configure(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const EngineLimits limits{arguments.Long(0), arguments.Long(1), arguments.Long(2),
                            arguments.Int(3),  arguments.Int(4),  arguments.Int(5),
                            arguments.Long(6), arguments.Int(7),  arguments.Int(8),
                            arguments.Int(9),  arguments.Int(10)};
  const bool are_natural = limits.arriving_bytes >= 0 && limits.produce_inflight_bytes >= 0 &&
                           limits.consume_buffered_bytes >= 0 && limits.consumer_threads >= 0 &&
                           limits.parse_threads >= 0 && limits.max_consumers >= 0 &&
                           limits.max_schema_bytes >= 0 && limits.max_lag_partitions >= 0 &&
                           limits.max_pooled_clients >= 0 && limits.pooled_idle_ms >= 0 &&
                           limits.max_brokers >= 0;
  if (!arguments.Require(are_natural, "limits") || Engine::Get().Configure(limits)) return nullptr;
  napi_throw_error(env, nullptr,
                   "The system gives this process too few threads: raise the limit of its user "
                   "(ulimit -u) or of its container (pids.max).");
  return nullptr;
}

/// librdkafkaVersion(): [version, features, patches] of the library that is loaded
napi_value LibrdkafkaVersion(napi_env env, napi_callback_info info) {
  const ConfRef conf(rd_kafka_conf_new());
  char features[512] = "";
  size_t size = sizeof(features);
  rd_kafka_conf_get(conf.get(), "builtin.features", features, &size);
  napi_value result = nullptr;
  napi_create_array_with_length(env, 3, &result);
  SetElement(env, result, 0, Text(env, rd_kafka_version_str()));
  SetElement(env, result, 1, Text(env, features));
  SetElement(env, result, 2, Text(env, rd_kafka_sluice_patches()));
  return result;
}

/// kafkaErrors(): [code, name, text, code, name, text, …]
napi_value KafkaErrors(napi_env env, napi_callback_info info) {
  const rd_kafka_err_desc* errors = nullptr;
  size_t count = 0;
  rd_kafka_get_err_descs(&errors, &count);
  napi_value result = nullptr;
  napi_create_array(env, &result);
  uint32_t index = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!errors[i].name) continue;
    napi_value code = nullptr;
    napi_create_int32(env, errors[i].code, &code);
    SetElement(env, result, index++, code);
    SetElement(env, result, index++, Text(env, errors[i].name));
    SetElement(env, result, index++, Text(env, errors[i].desc ? errors[i].desc : ""));
  }
  return result;
}

/// setErrorTable(kafkaCodes: Int32Array, restCodes: Int32Array, streamCodes: Int32Array, texts:
/// string[])
napi_value SetErrorTable(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const auto codes = arguments.Ints(0);
  const auto rest_codes = arguments.Ints(1);
  const auto stream_codes = arguments.Ints(2);
  auto texts = arguments.Strings(3);
  const bool are_rows = codes.size() == rest_codes.size() && codes.size() == stream_codes.size() &&
                        codes.size() == texts.size();
  if (!arguments.Require(are_rows, "REST codes and a text for each code")) return nullptr;
  ErrorTable::Rows rows;
  for (size_t i = 0; i < codes.size(); ++i) {
    rows[codes[i]] = {rest_codes[i], std::move(texts[i]), stream_codes[i]};
  }
  Engine::Get().errors().Set(std::move(rows));
  return nullptr;
}

/// limitRecordRates(records, bytes, clusterRecords, clusterBytes, isSmooth, patienceMs)
napi_value LimitRecordRates(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  RecordRateLimits limits;
  limits.records = arguments.Long(0);
  limits.bytes = arguments.Long(1);
  limits.cluster_records = arguments.Long(2);
  limits.cluster_bytes = arguments.Long(3);
  limits.is_smooth = arguments.Bool(4);
  limits.patience = std::chrono::milliseconds(arguments.Long(5));
  if (!arguments.ok()) return nullptr;
  const bool are_positive = limits.records > 0 && limits.bytes > 0 && limits.cluster_records > 0 &&
                            limits.cluster_bytes > 0;
  if (!arguments.Require(are_positive, "rates of at least 1")) return nullptr;
  Engine::Get().record_rates().Set(limits);
  return nullptr;
}

/// checkClient(isConsumer, properties: string[]): [name, reason, name, reason, …]
napi_value CheckClient(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const bool is_consumer = arguments.Bool(0);
  const Properties properties = arguments.PropertiesAt(1);
  if (!arguments.ok()) return nullptr;
  const auto faults =
      sluice::CheckClient(is_consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, properties);
  napi_value result = nullptr;
  napi_create_array(env, &result);
  uint32_t index = 0;
  for (const auto& fault : faults) {
    SetElement(env, result, index++, Text(env, fault.name));
    SetElement(env, result, index++, Text(env, fault.reason));
  }
  return result;
}

/// startEmbeddedCluster(brokers): its bootstrap servers. It ends with the process.
napi_value StartEmbeddedCluster(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const int brokers = arguments.Int(0);
  if (!arguments.Require(brokers > 0, "a number of brokers")) return nullptr;
  std::string error;
  auto cluster = EmbeddedCluster::Start(brokers, &error);
  if (!cluster) {
    napi_throw_error(env, nullptr, error.c_str());
    return nullptr;
  }
  // Never destroyed: its threads serve clients until the process ends.
  return Text(env, cluster.release()->bootstrap_servers());
}

}  // namespace

void ExportEngine(napi_env env, napi_value exports) {
  ExportFunction(env, exports, "openMailbox", OpenMailbox);
  ExportFunction(env, exports, "receiveLog", ReceiveLog);
  ExportFunction(env, exports, "keepAlive", KeepAlive);
  ExportFunction(env, exports, "configure", Configure);
  ExportFunction(env, exports, "librdkafkaVersion", LibrdkafkaVersion);
  ExportFunction(env, exports, "kafkaErrors", KafkaErrors);
  ExportFunction(env, exports, "setErrorTable", SetErrorTable);
  ExportFunction(env, exports, "limitRecordRates", LimitRecordRates);
  ExportFunction(env, exports, "checkClient", CheckClient);
  ExportFunction(env, exports, "startEmbeddedCluster", StartEmbeddedCluster);
}

}  // namespace sluice
