// Questions to the cluster.
#include <memory>
#include <utility>

#include "kafka/admin.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

using AdminObject = std::shared_ptr<Admin>;

/// new Admin(properties)
napi_value NewAdmin(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Properties properties = arguments.PropertiesAt(0);
  if (!arguments.ok()) return nullptr;
  arguments.Wrap(new AdminObject(Admin::Get(std::move(properties))));
  return arguments.self();
}

/// A method of (timeoutMs, ticket).
template <void (Admin::*kMethod)(int, ReplyTo)>
napi_value AboutCluster(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* admin = arguments.Unwrap<AdminObject>(arguments.self());
  const int timeout_ms = arguments.Int(0);
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  if (arguments.ok()) ((**admin).*kMethod)(timeout_ms, reply_to);
  return nullptr;
}

/// A method of (topic, timeoutMs, ticket).
template <void (Admin::*kMethod)(const std::string&, int, ReplyTo)>
napi_value AboutTopic(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* admin = arguments.Unwrap<AdminObject>(arguments.self());
  const std::string topic = arguments.String(0);
  const int timeout_ms = arguments.Int(1);
  const ReplyTo reply_to = ReplyToArgument(arguments, 2);
  if (arguments.ok()) ((**admin).*kMethod)(topic, timeout_ms, reply_to);
  return nullptr;
}

/// admin.listOffset(topic, partition, spec, timeoutMs, ticket)
napi_value ListOffset(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* admin = arguments.Unwrap<AdminObject>(arguments.self());
  const TopicPartition partition{arguments.String(0), arguments.Int(1)};
  const int64_t spec = arguments.Long(2);
  const int timeout_ms = arguments.Int(3);
  const ReplyTo reply_to = ReplyToArgument(arguments, 4);
  if (arguments.ok()) (*admin)->ListOffset(partition, spec, timeout_ms, reply_to);
  return nullptr;
}

}  // namespace

void ExportAdmin(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      Method("describeCluster", AboutCluster<&Admin::DescribeCluster>),
      Method("listTopics", AboutCluster<&Admin::ListTopics>),
      Method("describeTopic", AboutTopic<&Admin::DescribeTopic>),
      Method("describeTopicConfigs", AboutTopic<&Admin::DescribeTopicConfigs>),
      Method("listOffset", ListOffset),
  };
  ExportClass(env, exports, "Admin", NewAdmin, methods);
}

}  // namespace sluice
