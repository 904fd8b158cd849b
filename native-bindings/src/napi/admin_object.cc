// The admin client.
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "kafka/admin.h"
#include "kafka/admin_calls.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

using AdminObject = std::shared_ptr<Admin>;

/// new Admin(properties, isPooled?)
napi_value NewAdmin(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Properties properties = arguments.PropertiesAt(0);
  const bool is_pooled = arguments.OptionalBool(1);
  if (!arguments.ok()) return nullptr;
  arguments.Wrap(new AdminObject(Admin::Get(std::move(properties), is_pooled)));
  return arguments.self();
}

void ReadArgument(Arguments& arguments, size_t index, std::string* value) {
  *value = arguments.String(index);
}

void ReadArgument(Arguments& arguments, size_t index, int32_t* value) {
  *value = arguments.Int(index);
}

void ReadArgument(Arguments& arguments, size_t index, int64_t* value) {
  *value = arguments.Long(index);
}

/// admin.…(timeoutMs, ticket, …the call's arguments)
template <typename Call>
napi_value Ask(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* admin = arguments.Unwrap<AdminObject>(arguments.self());
  const int timeout_ms = arguments.Int(0);
  const ReplyTo reply_to = ReplyToArgument(arguments, 1);
  Call call;
  const auto read = [&arguments](auto&... values) {
    [[maybe_unused]] size_t index = 2;
    (ReadArgument(arguments, index++, &values), ...);
  };
  std::apply(read, call.Arguments());
  if (arguments.ok()) (*admin)->Ask(std::move(call), timeout_ms, reply_to);
  return nullptr;
}

}  // namespace

void ExportAdmin(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      Method("describeCluster", Ask<admin::DescribeCluster>),
      Method("listTopics", Ask<admin::ListTopics>),
      Method("describeTopic", Ask<admin::DescribeTopic>),
      Method("describeTopicConfigs", Ask<admin::DescribeTopicConfigs>),
      Method("listOffset", Ask<admin::ListOffset>),
      Method("describeGroup", Ask<admin::DescribeGroup>),
      Method("createCompactedTopic", Ask<admin::CreateCompactedTopic>),
  };
  ExportClass(env, exports, "Admin", NewAdmin, methods);
}

}  // namespace sluice
