// The arguments of a native function, as C++ values.
#ifndef SLUICE_NAPI_ARGUMENTS_H_
#define SLUICE_NAPI_ARGUMENTS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/conf.h"
#include "kafka/topic_partition.h"
#include "napi/setup.h"
#include "record.h"

namespace sluice {

/// Reads arguments by position. An argument of another type, which is a bug of the caller, throws a
/// TypeError in JavaScript, and ok() is false from then on. Called on the JS thread.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);

  bool ok() const { return ok_; }
  napi_env env() const { return env_; }
  napi_value self() const { return self_; }
  napi_value raw(size_t index) const { return values_[index]; }

  /// Throws an error that names the expected type unless `holds`. Returns ok().
  bool Require(bool holds, const char* expected);

  /// Whether the argument was given.
  bool Has(size_t index) const;
  int32_t Int(size_t index);
  uint32_t Uint(size_t index);
  /// Whole numbers up to 2^53, which a double still tells from their neighbours.
  int64_t Long(size_t index);
  bool Bool(size_t index);
  /// False for an absent argument.
  bool OptionalBool(size_t index);
  Format FormatAt(size_t index);
  std::string String(size_t index);
  std::vector<std::string> Strings(size_t index);
  /// The elements of an Int32Array, valid during the call.
  std::span<const int32_t> Ints(size_t index);
  /// The elements of a Float64Array, to be written.
  std::span<double> Doubles(size_t index);
  /// From a flat array: name, value, name, value, …
  Properties PropertiesAt(size_t index);
  /// The bytes of an ArrayBuffer or a Uint8Array, valid during the call.
  std::string_view Bytes(size_t index);
  /// The same; empty for an absent argument.
  std::string_view OptionalBytes(size_t index);
  /// The same, or null. Empty bytes are not null.
  sluice::Bytes BytesOrNull(size_t index);
  /// The bytes of a Uint8Array and the numbers of an Int32Array, to be written during the call.
  std::span<char> BytesToFill(size_t index);
  std::span<int32_t> IntsToFill(size_t index);
  /// From an array of topics and an Int32Array of partitions.
  std::vector<TopicPartition> Partitions(size_t topics, size_t partitions);
  /// The same with a Float64Array of offsets.
  std::vector<PartitionOffset> Offsets(size_t topics, size_t partitions, size_t offsets);

  /// Ties `native` to `self`, the object that is being made: it is deleted when that is collected.
  template <typename T>
  void Wrap(T* native) {
    const auto destroy = [](napi_env, void* data, void*) { delete static_cast<T*>(data); };
    if (Check(napi_wrap(env_, self_, native, destroy, nullptr, nullptr), "a new object")) {
      napi_type_tag_object(env_, self_, &TagOf<T>());
    } else {
      delete native;
    }
  }

  /// Whether a C++ object of this type is behind an argument.
  template <typename T>
  bool Is(napi_value object) {
    bool is_one = false;
    return napi_check_object_type_tag(env_, object, &TagOf<T>(), &is_one) == napi_ok && is_one;
  }

  /// The C++ object behind `self` or an argument; null when it is none of this type.
  template <typename T>
  T* Unwrap(napi_value object) {
    bool is_one = false;
    void* native = nullptr;
    if (Check(napi_check_object_type_tag(env_, object, &TagOf<T>(), &is_one), "a native object") &&
        Require(is_one, "a native object of another class")) {
      Check(napi_unwrap(env_, object, &native), "a native object");
    }
    return static_cast<T*>(native);
  }

 private:
  static constexpr size_t kMaxArguments = 12;

  bool Check(napi_status status, const char* expected);
  double WholeNumber(size_t index, double min, double max);
  std::string ToString(napi_value value);
  void RequireAttached(napi_value buffer);
  /// The elements' address; null when there are none.
  void* TypedArray(size_t index, napi_typedarray_type type, size_t* length, const char* expected);

  /// Tells our objects of one type from all others.
  template <typename T>
  static const napi_type_tag& TagOf() {
    static const napi_type_tag tag{reinterpret_cast<uintptr_t>(&tag), 0x736c75696365};  // "sluice"
    return tag;
  }

  napi_env env_;
  napi_value self_ = nullptr;
  napi_value values_[kMaxArguments];
  bool ok_ = true;
};

/// Whether `sizes` are those of the keys and the values of records, one after the other, whose
/// bytes are `payloads`. A negative size stands for null.
bool AreSizesOf(std::string_view payloads, std::span<const int32_t> sizes);

}  // namespace sluice

#endif  // SLUICE_NAPI_ARGUMENTS_H_
