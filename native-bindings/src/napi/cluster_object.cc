// This process as a member of the group of its peers.
#include <memory>
#include <string>
#include <utility>

#include "kafka/cluster_member.h"
#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/functions.h"

namespace sluice {
namespace {

using MemberObject = std::shared_ptr<ClusterMember>;

/// new ClusterMember(properties, topic, releaseWaitMs)
napi_value NewClusterMember(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Properties properties = arguments.PropertiesAt(0);
  std::string topic = arguments.String(1);
  const int32_t wait_ms = arguments.Int(2);
  if (!arguments.ok()) return nullptr;
  arguments.Wrap(new MemberObject(
      std::make_shared<ClusterMember>(std::move(properties), std::move(topic), wait_ms)));
  return arguments.self();
}

/// A method of (ticket).
template <void (ClusterMember::*kMethod)(ReplyTo)>
napi_value MemberCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* member = arguments.Unwrap<MemberObject>(arguments.self());
  const ReplyTo reply_to = ReplyToArgument(arguments, 0);
  if (arguments.ok()) (member->get()->*kMethod)(reply_to);
  return nullptr;
}

/// member.release(number)
napi_value ReleasePartitions(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  auto* member = arguments.Unwrap<MemberObject>(arguments.self());
  const uint32_t number = arguments.Uint(0);
  if (arguments.ok()) (*member)->Release(number);
  return nullptr;
}

}  // namespace

void ExportCluster(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      Method("join", MemberCall<&ClusterMember::Join>),
      Method("next", MemberCall<&ClusterMember::Next>),
      Method("release", ReleasePartitions),
      Method("leave", MemberCall<&ClusterMember::Leave>),
  };
  ExportClass(env, exports, "ClusterMember", NewClusterMember, methods);
}

}  // namespace sluice
