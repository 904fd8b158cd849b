// The admin client, and the tokens of callers.
#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kafka/admin.h"
#include "kafka/admin/acls.h"
#include "kafka/admin/cluster.h"
#include "kafka/admin/configs.h"
#include "kafka/admin/groups.h"
#include "kafka/admin/offsets.h"
#include "kafka/admin/topics.h"
#include "kafka/admin/users.h"
#include "kafka/sasl_token.h"
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

void ReadArgument(Arguments& arguments, size_t index, bool* value) {
  *value = arguments.Bool(index);
}

void ReadArgument(Arguments& arguments, size_t index, std::vector<std::string>* value) {
  *value = arguments.Strings(index);
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

/// setToken(name, token, expiresAtMs): whether clients have a valid token of this name now
napi_value SetToken(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string name = arguments.String(0);
  std::string token = arguments.String(1);
  const int64_t expires_at_ms = arguments.Long(2);
  napi_value is_valid = nullptr;
  if (arguments.ok()) {
    napi_get_boolean(env, SaslToken::Set(name, token, expires_at_ms), &is_valid);
  }
  explicit_bzero(token.data(), token.size());
  return is_valid;
}

}  // namespace

void ExportAdmin(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      Method("describeCluster", Ask<admin::DescribeCluster>),
      Method("listTopics", Ask<admin::ListTopics>),
      Method("describeTopics", Ask<admin::DescribeTopics>),
      Method("createTopic", Ask<admin::CreateTopic>),
      Method("createCompactedTopic", Ask<admin::CreateCompactedTopic>),
      Method("createPartitions", Ask<admin::CreatePartitions>),
      Method("deleteTopic", Ask<admin::DeleteTopic>),
      Method("describeConfigs", Ask<admin::DescribeConfigs>),
      Method("alterConfigs", Ask<admin::AlterConfigs>),
      Method("listOffsets", Ask<admin::ListOffsets>),
      Method("deleteRecords", Ask<admin::DeleteRecords>),
      Method("electLeaders", Ask<admin::ElectLeaders>),
      Method("listGroups", Ask<admin::ListGroups>),
      Method("describeGroups", Ask<admin::DescribeGroups>),
      Method("deleteGroup", Ask<admin::DeleteGroup>),
      Method("listGroupOffsets", Ask<admin::ListGroupOffsets>),
      Method("alterGroupOffsets", Ask<admin::AlterGroupOffsets>),
      Method("deleteGroupOffsets", Ask<admin::DeleteGroupOffsets>),
      Method("describeAcls", Ask<admin::DescribeAcls>),
      Method("createAcls", Ask<admin::CreateAcls>),
      Method("deleteAcls", Ask<admin::DeleteAcls>),
      Method("describeScramUsers", Ask<admin::DescribeScramUsers>),
      Method("setScramPassword", Ask<admin::SetScramPassword>),
      Method("deleteScramPassword", Ask<admin::DeleteScramPassword>),
  };
  ExportClass(env, exports, "Admin", NewAdmin, methods);
  ExportFunction(env, exports, "setToken", SetToken);
}

}  // namespace sluice
