#include "napi/arguments.h"

#include <utility>

namespace sluice {

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMaxArguments;
  // Those that were not passed are undefined.
  napi_get_cb_info(env, info, &count, values_, &self_, nullptr);
}

bool Arguments::Check(napi_status status, const char* expected) {
  if (status == napi_ok) return ok_;
  if (ok_) napi_throw_type_error(env_, nullptr, expected);
  ok_ = false;
  return false;
}

int32_t Arguments::Int(size_t index) {
  int32_t value = 0;
  Check(napi_get_value_int32(env_, values_[index], &value), "an integer");
  return value;
}

uint32_t Arguments::Uint(size_t index) {
  uint32_t value = 0;
  Check(napi_get_value_uint32(env_, values_[index], &value), "a number");
  return value;
}

double Arguments::Number(size_t index) {
  double value = 0;
  Check(napi_get_value_double(env_, values_[index], &value), "a number");
  return value;
}

bool Arguments::Bool(size_t index) {
  bool value = false;
  Check(napi_get_value_bool(env_, values_[index], &value), "a boolean");
  return value;
}

std::string Arguments::String(size_t index) { return ToString(values_[index]); }

std::string Arguments::ToString(napi_value value) {
  char small[256];
  size_t length = 0;
  if (!Check(napi_get_value_string_utf8(env_, value, small, sizeof(small), &length), "a string")) {
    return {};
  }
  // A text that fills the buffer may have been cut.
  if (length < sizeof(small) - 4) return {small, length};
  napi_get_value_string_utf8(env_, value, nullptr, 0, &length);
  std::string text(length, '\0');
  napi_get_value_string_utf8(env_, value, text.data(), length + 1, &length);
  return text;
}

std::vector<std::string> Arguments::Strings(size_t index) {
  std::vector<std::string> strings;
  uint32_t length = 0;
  if (!Check(napi_get_array_length(env_, values_[index], &length), "an array of strings")) {
    return strings;
  }
  strings.reserve(length);
  for (uint32_t i = 0; i < length && ok_; ++i) {
    napi_value element = nullptr;
    napi_get_element(env_, values_[index], i, &element);
    strings.push_back(ToString(element));
  }
  return strings;
}

Properties Arguments::PropertiesAt(size_t index) {
  auto flat = Strings(index);
  Properties properties;
  for (size_t i = 0; i + 1 < flat.size(); i += 2) {
    properties.emplace_back(std::move(flat[i]), std::move(flat[i + 1]));
  }
  return properties;
}

std::string_view Arguments::Bytes(size_t index) {
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_arraybuffer_info(env_, values_[index], &data, &length) != napi_ok) {
    Check(napi_get_typedarray_info(env_, values_[index], nullptr, &length, &data, nullptr, nullptr),
          "an ArrayBuffer or a Uint8Array");
  }
  return {static_cast<const char*>(data), length};
}

sluice::Bytes Arguments::BytesOrNull(size_t index) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[index], &type);
  if (type == napi_null) return {};
  const std::string_view bytes = Bytes(index);
  // Of an empty ArrayBuffer, Node-API may give no address.
  return {bytes.data() ? bytes.data() : "", bytes.size()};
}

template <typename T>
const T* Arguments::TypedArray(size_t index, napi_typedarray_type type, size_t* length) {
  napi_typedarray_type actual;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(env_, values_[index], &actual, length, &data, nullptr, nullptr);
  Check(status == napi_ok && actual != type ? napi_invalid_arg : status, "a typed array");
  return static_cast<const T*>(data);
}

std::vector<int32_t> Arguments::Ints(size_t index) {
  size_t length = 0;
  const auto* numbers = TypedArray<int32_t>(index, napi_int32_array, &length);
  return ok_ ? std::vector<int32_t>(numbers, numbers + length) : std::vector<int32_t>();
}

std::vector<TopicPartition> Arguments::Partitions(size_t topics, size_t partitions) {
  auto names = Strings(topics);
  size_t length = 0;
  const auto* numbers = TypedArray<int32_t>(partitions, napi_int32_array, &length);
  std::vector<TopicPartition> result;
  if (!ok_ || !Check(length == names.size() ? napi_ok : napi_invalid_arg, "as many partitions")) {
    return result;
  }
  for (size_t i = 0; i < length; ++i) result.push_back({std::move(names[i]), numbers[i]});
  return result;
}

std::vector<PartitionOffset> Arguments::Offsets(size_t topics, size_t partitions, size_t offsets) {
  auto of = Partitions(topics, partitions);
  size_t length = 0;
  const auto* numbers = TypedArray<double>(offsets, napi_float64_array, &length);
  std::vector<PartitionOffset> result;
  if (!ok_ || !Check(length == of.size() ? napi_ok : napi_invalid_arg, "as many offsets")) {
    return result;
  }
  for (size_t i = 0; i < length; ++i) {
    result.push_back({std::move(of[i]), static_cast<int64_t>(numbers[i]), {}});
  }
  return result;
}

}  // namespace sluice
