// A call of the admin client: its request to librdkafka, and its answer in JSON.
#ifndef SLUICE_KAFKA_ADMIN_CALL_H_
#define SLUICE_KAFKA_ADMIN_CALL_H_

#include <librdkafka/rdkafka.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/writers.h"
#include "kafka/engine.h"
#include "kafka/pending_calls.h"

/// Each call is a struct of its arguments, for Admin::Ask(). A new call is
///  1. such a struct in the header of its resource, and its Send() and Read(),
///  2. a line in napi/admin_object.cc and in index.d.ts, which name it for src/kafka/admin.ts.
///
/// The answer of a call for many items has one line of JSON for each ("rows"), so that the event
/// loop parses them in slices. A call for one item fails with the error of this item; a call for
/// several has `{"name":…,"error":librdkafka's code,"text":…}` in its place.
namespace sluice::admin {

/// The bytes of librdkafka's text about an invalid argument.
inline constexpr size_t kMaxReason = 512;

using Failure = PendingCalls::Failure;

/// A call that librdkafka answers with one event.
template <typename T>
concept Call = requires(const T& call, rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                        rd_kafka_queue_t* queue, rd_kafka_event_t* event, std::string* json) {
                 { T::kOperation } -> std::convertible_to<rd_kafka_admin_op_t>;
                 /// Hands the call to librdkafka, whose answer goes to `queue`. Returns an error
                 /// if librdkafka has no such request.
                 { call.Send(rk, options, queue) } -> std::same_as<rd_kafka_resp_err_t>;
                 /// Appends the answer to `json`, or returns why the call failed.
                 { call.Read(event, json) } -> std::same_as<std::optional<Failure>>;
                 /// Errors after which the call is repeated, in addition to the table of
                 /// errors.
                 { call.Passing() } -> std::same_as<std::vector<rd_kafka_resp_err_t>>;
               };

/// A call that only reads. It is repeated after errors that pass by themselves.
struct Reading {
  static constexpr bool kIsMadeOnce = false;
  static std::vector<rd_kafka_resp_err_t> Passing() { return {}; }
};

/// A call that changes the cluster. Kafka may have done it although its answer was an error, so
/// that the client decides about another attempt.
struct Changing {
  static constexpr bool kIsMadeOnce = true;
  static std::vector<rd_kafka_resp_err_t> Passing() { return {}; }
};

inline Failure FailureOf(rd_kafka_resp_err_t error, const char* detail,
                         std::string_view topic = {}) {
  return {error,
          Engine::Get().errors().Explain(error, detail ? detail : rd_kafka_err2str(error), topic)};
}

/// Returns nullopt for success.
inline std::optional<Failure> FailureOf(const rd_kafka_error_t* error,
                                        std::string_view topic = {}) {
  const auto code = rd_kafka_error_code(error);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return FailureOf(code, rd_kafka_error_string(error), topic);
}

/// Appends the row of an item that failed.
inline void AppendFailed(const char* name, const Failure& failure, std::string* json) {
  {
    json::ObjectWriter row(json);
    row.Text("name", name);
    row.Number("error", failure.code);
    row.Text("text", failure.text.c_str());
  }
  json->push_back('\n');
}

/// The names of strings, as librdkafka takes them. Valid as long as `strings`.
inline std::vector<const char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<const char*> pointers;
  pointers.reserve(strings.size());
  for (const auto& string : strings) pointers.push_back(string.c_str());
  return pointers;
}

}  // namespace sluice::admin

#endif  // SLUICE_KAFKA_ADMIN_CALL_H_
