#include "kafka/admin/configs.h"

#include <memory>

namespace sluice::admin {
namespace {

/// Configs of resources, for one request.
class Resources {
 public:
  Resources() = default;
  Resources(const Resources&) = delete;
  Resources& operator=(const Resources&) = delete;
  ~Resources() { rd_kafka_ConfigResource_destroy_array(list_.data(), list_.size()); }

  /// Returns null for a name that librdkafka has no resource for.
  rd_kafka_ConfigResource_t* Add(int32_t type, const std::string& name) {
    auto* resource =
        rd_kafka_ConfigResource_new(static_cast<rd_kafka_ResourceType_t>(type), name.c_str());
    if (resource) list_.push_back(resource);
    return resource;
  }

  rd_kafka_ConfigResource_t** data() { return list_.data(); }
  size_t size() const { return list_.size(); }

 private:
  std::vector<rd_kafka_ConfigResource_t*> list_;
};

std::optional<Failure> FailureOfResource(const rd_kafka_ConfigResource_t* resource) {
  const auto error = rd_kafka_ConfigResource_error(resource);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return FailureOf(error, rd_kafka_ConfigResource_error_string(resource));
}

void WriteValue(const rd_kafka_ConfigEntry_t* entry, json::ObjectWriter* out) {
  const bool is_sensitive = rd_kafka_ConfigEntry_is_sensitive(entry) == 1;
  out->Text("name", rd_kafka_ConfigEntry_name(entry));
  out->Text("value", is_sensitive ? nullptr : rd_kafka_ConfigEntry_value(entry));
  out->Number("source", rd_kafka_ConfigEntry_source(entry));
}

void AppendEntry(const rd_kafka_ConfigEntry_t* entry, std::string* json) {
  json::ObjectWriter config(json);
  WriteValue(entry, &config);
  config.Bool("is_read_only", rd_kafka_ConfigEntry_is_read_only(entry) == 1);
  config.Bool("is_sensitive", rd_kafka_ConfigEntry_is_sensitive(entry) == 1);
  size_t count = 0;
  const auto** synonyms = rd_kafka_ConfigEntry_synonyms(entry, &count);
  json::ArrayWriter list(config.Member("synonyms"));
  for (size_t i = 0; i < count; ++i) {
    json::ObjectWriter synonym(list.Next());
    WriteValue(synonyms[i], &synonym);
  }
}

}  // namespace

rd_kafka_resp_err_t DescribeConfigs::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                          rd_kafka_queue_t* queue) const {
  Resources resources;
  for (const auto& name : names) {
    if (!resources.Add(type, name)) return RD_KAFKA_RESP_ERR__INVALID_ARG;
  }
  rd_kafka_DescribeConfigs(rk, resources.data(), resources.size(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> DescribeConfigs::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const char* name = rd_kafka_ConfigResource_name(found[i]);
    if (auto failure = FailureOfResource(found[i])) {
      if (names.size() == 1) return failure;
      AppendFailed(name, *failure, json);
      continue;
    }
    {
      json::ObjectWriter resource(json);
      resource.Text("name", name);
      size_t entries_count = 0;
      const auto** entries = rd_kafka_ConfigResource_configs(found[i], &entries_count);
      json::ArrayWriter configs(resource.Member("configs"));
      for (size_t at = 0; at < entries_count; ++at) AppendEntry(entries[at], configs.Next());
    }
    json->push_back('\n');
  }
  return std::nullopt;
}

rd_kafka_resp_err_t AlterConfigs::Send(rd_kafka_t* rk, rd_kafka_AdminOptions_t* options,
                                       rd_kafka_queue_t* queue) const {
  Resources resources;
  rd_kafka_ConfigResource_t* resource = nullptr;
  for (size_t i = 0; i + 3 < changes.size(); i += 4) {
    if (i == 0 || changes[i] != changes[i - 4]) resource = resources.Add(type, changes[i]);
    if (!resource) return RD_KAFKA_RESP_ERR__INVALID_ARG;
    const bool sets = changes[i + 2] == "SET";
    const ErrorRef error(rd_kafka_ConfigResource_add_incremental_config(
        resource, changes[i + 1].c_str(),
        sets ? RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET : RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE,
        sets ? changes[i + 3].c_str() : nullptr));
    if (error) return rd_kafka_error_code(error.get());
  }
  if (validate_only) rd_kafka_AdminOptions_set_validate_only(options, 1, nullptr, 0);
  rd_kafka_IncrementalAlterConfigs(rk, resources.data(), resources.size(), options, queue);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<Failure> AlterConfigs::Read(rd_kafka_event_t* event, std::string* json) const {
  size_t count = 0;
  const auto** altered = rd_kafka_IncrementalAlterConfigs_result_resources(
      rd_kafka_event_IncrementalAlterConfigs_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    auto failure = FailureOfResource(altered[i]);
    if (!failure) continue;
    if (count == 1) return failure;
    AppendFailed(rd_kafka_ConfigResource_name(altered[i]), *failure, json);
  }
  return std::nullopt;
}

}  // namespace sluice::admin
