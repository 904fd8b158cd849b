// What JavaScript passed to a native function, as C++ values.
#ifndef SLUICE_NAPI_ARGUMENTS_H_
#define SLUICE_NAPI_ARGUMENTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/conf.h"
#include "kafka/topic_partition.h"
#include "napi/setup.h"
#include "record.h"

namespace sluice {

/// Reads arguments by position. A wrong type is a bug of ours: it throws a TypeError in
/// JavaScript, and ok() is false from then on. Called on the JS thread.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  bool ok() const { return ok_; }
  napi_env env() const { return env_; }
  napi_value self() const { return self_; }
  napi_value raw(size_t index) const { return values_[index]; }

  int32_t Int(size_t index);
  uint32_t Uint(size_t index);
  double Number(size_t index);
  int64_t Long(size_t index) { return static_cast<int64_t>(Number(index)); }
  bool Bool(size_t index);
  std::string String(size_t index);
  std::vector<std::string> Strings(size_t index);
  /// From an Int32Array.
  std::vector<int32_t> Ints(size_t index);
  /// From a flat array: name, value, name, value, …
  Properties PropertiesAt(size_t index);
  /// The bytes of an ArrayBuffer or a Uint8Array, valid during the call.
  std::string_view Bytes(size_t index);
  /// The same, or null. Empty bytes are not null.
  sluice::Bytes BytesOrNull(size_t index);
  /// From an array of topics and an Int32Array of partitions.
  std::vector<TopicPartition> Partitions(size_t topics, size_t partitions);
  /// The same with a Float64Array of offsets.
  std::vector<PartitionOffset> Offsets(size_t topics, size_t partitions, size_t offsets);
  /// The C++ object behind `self` or an argument; null when it is none.
  template <typename T>
  T* Unwrap(napi_value object) {
    void* native = nullptr;
    Check(napi_unwrap(env_, object, &native), "a native object");
    return static_cast<T*>(native);
  }

 private:
  static constexpr size_t kMaxArguments = 10;

  bool Check(napi_status status, const char* expected);
  std::string ToString(napi_value value);
  template <typename T>
  const T* TypedArray(size_t index, napi_typedarray_type type, size_t* length);

  napi_env env_;
  napi_value self_ = nullptr;
  napi_value values_[kMaxArguments];
  bool ok_ = true;
};

}  // namespace sluice

#endif  // SLUICE_NAPI_ARGUMENTS_H_
