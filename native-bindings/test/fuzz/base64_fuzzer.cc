// All kernels decode any text to the same bytes, and encode and decode any bytes to themselves.
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "json/base64.h"
#include "json/base64_kernels.h"

namespace sluice::base64 {
namespace {

std::string EncodeWith(const Kernel& kernel, std::string_view bytes) {
  const auto in = ExactCopy(bytes);
  const auto out = ExactCopy("", EncodedSize(bytes.size()));
  const size_t size = Encode(kernel, in.get(), bytes.size(), out.get());
  return std::string(out.get(), size);
}

std::optional<std::string> DecodeWith(const Kernel& kernel, std::string_view text) {
  const auto in = ExactCopy(text);
  const auto out = ExactCopy("", text.size());
  const size_t size = Decode(kernel, in.get(), text.size(), out.get());
  const size_t size_in_place = Decode(kernel, in.get(), text.size(), in.get());
  Check(size == size_in_place, "the same size in place");
  if (size == kInvalid) return std::nullopt;
  Check(std::memcmp(in.get(), out.get(), size) == 0, "the same bytes in place");
  return std::string(out.get(), size);
}

void FuzzOne(std::string_view input) {
  const Kernel& scalar = kKernels[kKernelCount - 1];
  const std::string text = EncodeWith(scalar, input);
  const auto bytes = DecodeWith(scalar, input);
  for (size_t i = 0; i < kKernelCount; ++i) {
    if (!kKernels[i].is_supported()) continue;
    Check(EncodeWith(kKernels[i], input) == text, "the same text from all kernels");
    Check(DecodeWith(kKernels[i], text) == input, "what was encoded");
    Check(DecodeWith(kKernels[i], input) == bytes, "the same bytes from all kernels");
  }
}

}  // namespace
}  // namespace sluice::base64

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::base64::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
