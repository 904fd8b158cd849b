#include "napi/arguments.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice {
namespace {

constexpr double kMaxLong = 9'007'199'254'740'992;  // 2^53

bool IsWhole(double value, double min, double max) {
  return value >= min && value <= max && value == std::trunc(value);
}

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMaxArguments;
  // Missing arguments are undefined.
  napi_get_cb_info(env, info, &count, values_, &self_, nullptr);
}

bool Arguments::Check(napi_status status, const char* expected) {
  if (status == napi_ok) return ok_;
  if (ok_) napi_throw_type_error(env_, nullptr, expected);
  ok_ = false;
  return false;
}

bool Arguments::Require(bool holds, const char* expected) {
  return Check(holds ? napi_ok : napi_invalid_arg, expected);
}

/// Node-API would cut what does not fit, and take what is no number for zero.
double Arguments::WholeNumber(size_t index, double min, double max) {
  double value = 0;
  if (!Check(napi_get_value_double(env_, values_[index], &value), "a number")) return 0;
  const bool fits = IsWhole(value, min, max);
  return Require(fits, "a whole number in the range of its type") ? value : 0;
}

int32_t Arguments::Int(size_t index) {
  return static_cast<int32_t>(WholeNumber(index, INT32_MIN, INT32_MAX));
}

uint32_t Arguments::Uint(size_t index) {
  return static_cast<uint32_t>(WholeNumber(index, 0, UINT32_MAX));
}

int64_t Arguments::Long(size_t index) {
  return static_cast<int64_t>(WholeNumber(index, -kMaxLong, kMaxLong));
}

bool Arguments::Bool(size_t index) {
  bool value = false;
  Check(napi_get_value_bool(env_, values_[index], &value), "a boolean");
  return value;
}

bool Arguments::Has(size_t index) const {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[index], &type);
  return type != napi_undefined;
}

bool Arguments::OptionalBool(size_t index) { return Has(index) && Bool(index); }

Format Arguments::FormatAt(size_t index) {
  const int32_t number = Int(index);
  const auto last = static_cast<int32_t>(Format::kSchema);
  return Require(number >= 0 && number <= last, "a format") ? static_cast<Format>(number)
                                                            : Format::kBinary;
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
  properties.reserve(flat.size() / 2);  // A copy that is left behind would not be overwritten.
  if (!Require(flat.size() % 2 == 0, "a value for each name")) return properties;
  for (size_t i = 0; i < flat.size(); i += 2) {
    properties.emplace_back(std::move(flat[i]), std::move(flat[i + 1]));
  }
  return properties;
}

/// One that was transferred has no bytes any more, which must not pass for an empty one.
void Arguments::RequireAttached(napi_value buffer) {
  bool is_detached = false;
  napi_is_detached_arraybuffer(env_, buffer, &is_detached);
  Require(!is_detached, "a buffer that was not transferred");
}

void* Arguments::TypedArray(size_t index, napi_typedarray_type type, size_t* length,
                            const char* expected) {
  napi_typedarray_type actual;
  napi_value buffer = nullptr;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(env_, values_[index], &actual, length, &data, &buffer, nullptr);
  if (Check(status == napi_ok && actual != type ? napi_invalid_arg : status, expected) && !data) {
    RequireAttached(buffer);
  }
  if (!ok_) *length = 0;
  return data;
}

std::string_view Arguments::Bytes(size_t index) {
  void* data = nullptr;
  size_t length = 0;
  if (napi_get_arraybuffer_info(env_, values_[index], &data, &length) != napi_ok) {
    data = TypedArray(index, napi_uint8_array, &length, "an ArrayBuffer or a Uint8Array");
  } else if (!data) {
    RequireAttached(values_[index]);
  }
  return {static_cast<const char*>(data), length};
}

std::string_view Arguments::OptionalBytes(size_t index) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[index], &type);
  return type == napi_undefined ? std::string_view() : Bytes(index);
}

sluice::Bytes Arguments::BytesOrNull(size_t index) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[index], &type);
  if (type == napi_null) return {};
  const std::string_view bytes = Bytes(index);
  // Node-API may give no address of an empty ArrayBuffer.
  return {bytes.data() ? bytes.data() : "", bytes.size()};
}

std::span<const int32_t> Arguments::Ints(size_t index) {
  size_t length = 0;
  const void* data = TypedArray(index, napi_int32_array, &length, "an Int32Array");
  return {static_cast<const int32_t*>(data), length};
}

std::span<char> Arguments::BytesToFill(size_t index) {
  size_t length = 0;
  void* data = TypedArray(index, napi_uint8_array, &length, "a Uint8Array");
  return {static_cast<char*>(data), length};
}

std::span<int32_t> Arguments::IntsToFill(size_t index) {
  size_t length = 0;
  void* data = TypedArray(index, napi_int32_array, &length, "an Int32Array");
  return {static_cast<int32_t*>(data), length};
}

std::span<double> Arguments::Doubles(size_t index) {
  size_t length = 0;
  void* data = TypedArray(index, napi_float64_array, &length, "a Float64Array");
  return {static_cast<double*>(data), length};
}

std::vector<TopicPartition> Arguments::Partitions(size_t topics, size_t partitions) {
  auto names = Strings(topics);
  const auto numbers = Ints(partitions);
  std::vector<TopicPartition> result;
  if (!Require(numbers.size() == names.size(), "as many partitions")) return result;
  for (size_t i = 0; i < names.size() && Require(numbers[i] >= 0, "partitions"); ++i) {
    result.push_back({std::move(names[i]), numbers[i]});
  }
  return result;
}

std::vector<PartitionOffset> Arguments::Offsets(size_t topics, size_t partitions, size_t offsets) {
  auto of = Partitions(topics, partitions);
  const auto numbers = Doubles(offsets);
  std::vector<PartitionOffset> result;
  if (!Require(numbers.size() == of.size(), "as many offsets")) return result;
  for (size_t i = 0; i < of.size(); ++i) {
    if (!Require(IsWhole(numbers[i], -kMaxLong, kMaxLong), "offsets")) break;
    result.push_back({std::move(of[i]), static_cast<int64_t>(numbers[i]), {}});
  }
  return result;
}

bool AreSizesOf(std::string_view payloads, std::span<const int32_t> sizes) {
  size_t size = 0;
  for (const int32_t each : sizes) size += static_cast<size_t>(std::max(each, 0));
  return size == payloads.size() && sizes.size() % 2 == 0;
}

}  // namespace sluice
