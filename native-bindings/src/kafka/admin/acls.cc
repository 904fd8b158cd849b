#include "kafka/admin/acls.h"

#include <cstdlib>
#include <memory>

namespace sluice::admin {
namespace {

using BindingRef = std::unique_ptr<rd_kafka_AclBinding_t, Destroy<rd_kafka_AclBinding_destroy>>;

constexpr size_t kValuesOfBinding = 7;

template <typename Enum>
Enum ToEnum(const std::string& number) {
  return static_cast<Enum>(std::atoi(number.c_str()));
}

const char* OrAny(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

BindingRef ToFilter(const AclFilter& filter) {
  char reason[kMaxReason];
  return BindingRef(rd_kafka_AclBindingFilter_new(
      static_cast<rd_kafka_ResourceType_t>(filter.resource_type), OrAny(filter.resource_name),
      static_cast<rd_kafka_ResourcePatternType_t>(filter.pattern_type), OrAny(filter.principal),
      OrAny(filter.host), static_cast<rd_kafka_AclOperation_t>(filter.operation),
      static_cast<rd_kafka_AclPermissionType_t>(filter.permission), reason, sizeof(reason)));
}

void AppendBindings(const rd_kafka_AclBinding_t** bindings, size_t count, std::string* json) {
  for (size_t i = 0; i < count; ++i) {
    {
      json::ObjectWriter row(json);
      row.Number("resource_type", rd_kafka_AclBinding_restype(bindings[i]));
      row.Text("resource_name", rd_kafka_AclBinding_name(bindings[i]));
      row.Number("pattern_type", rd_kafka_AclBinding_resource_pattern_type(bindings[i]));
      row.Text("principal", rd_kafka_AclBinding_principal(bindings[i]));
      row.Text("host", rd_kafka_AclBinding_host(bindings[i]));
      row.Number("operation", rd_kafka_AclBinding_operation(bindings[i]));
      row.Number("permission", rd_kafka_AclBinding_permission_type(bindings[i]));
    }
    json->push_back('\n');
  }
}

}  // namespace

rd_kafka_resp_err_t DescribeAcls::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                       rd_kafka_queue_t* queue) const {
  const BindingRef filter = ToFilter(*this);
  if (!filter) return RD_KAFKA_RESP_ERR__INVALID_ARG;
  rd_kafka_DescribeAcls(rk, filter.get(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DescribeAcls::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** bindings =
      rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event), &count);
  AppendBindings(bindings, count, json);
  return std::nullopt;
}

rd_kafka_resp_err_t DeleteAcls::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                     rd_kafka_queue_t* queue) const {
  const BindingRef filter = ToFilter(*this);
  if (!filter) return RD_KAFKA_RESP_ERR__INVALID_ARG;
  rd_kafka_AclBindingFilter_t* filters[] = {filter.get()};
  rd_kafka_DeleteAcls(rk, filters, 1, options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DeleteAcls::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto* response =
      rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event), &count)[0];
  if (auto failure = FailureOf(rd_kafka_DeleteAcls_result_response_error(response))) return failure;
  const auto** bindings = rd_kafka_DeleteAcls_result_response_matching_acls(response, &count);
  for (size_t i = 0; i < count; ++i) {
    if (auto failure = FailureOf(rd_kafka_AclBinding_error(bindings[i]))) return failure;
  }
  AppendBindings(bindings, count, json);
  return std::nullopt;
}

rd_kafka_resp_err_t CreateAcls::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                     rd_kafka_queue_t* queue) const {
  char reason[kMaxReason];
  std::vector<BindingRef> owned;
  std::vector<rd_kafka_AclBinding_t*> list;
  for (size_t i = 0; i + kValuesOfBinding <= bindings.size(); i += kValuesOfBinding) {
    const std::string* values = &bindings[i];
    owned.emplace_back(rd_kafka_AclBinding_new(
        ToEnum<rd_kafka_ResourceType_t>(values[0]), values[1].c_str(),
        ToEnum<rd_kafka_ResourcePatternType_t>(values[2]), values[3].c_str(), values[4].c_str(),
        ToEnum<rd_kafka_AclOperation_t>(values[5]), ToEnum<rd_kafka_AclPermissionType_t>(values[6]),
        reason, sizeof(reason)));
    if (!owned.back()) return RD_KAFKA_RESP_ERR__INVALID_ARG;
    list.push_back(owned.back().get());
  }
  rd_kafka_CreateAcls(rk, list.data(), list.size(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> CreateAcls::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** results =
      rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    if (auto failure = FailureOf(rd_kafka_acl_result_error(results[i]))) return failure;
  }
  json->append("true");
  return std::nullopt;
}

}  // namespace sluice::admin
