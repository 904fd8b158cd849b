// The choice of the kernel, and the end of a text: the group that is not whole, and the padding.
#include "json/base64.h"

#include "json/base64_kernels.h"

namespace sluice::base64 {
namespace {

const Kernel& FastestSupported() {
  const Kernel* kernel = kKernels;
  while (!kernel->is_supported()) ++kernel;
  return *kernel;
}

const Kernel& fastest = FastestSupported();

// Encodes the last one or two bytes.
void EncodeTail(const char* in, size_t size, char* out) {
  const uint32_t first = static_cast<uint8_t>(in[0]);
  const uint32_t second = size == 2 ? static_cast<uint8_t>(in[1]) : 0;
  out[0] = kAlphabet[first >> 2];
  out[1] = kAlphabet[(first & 3) << 4 | second >> 4];
  out[2] = size == 2 ? kAlphabet[(second & 15) << 2] : '=';
  out[3] = '=';
}

// Decodes the last two or three characters. Bits that no byte needs may be set: Java's decoders
// ignore them too.
size_t DecodeTail(const char* in, size_t size, char* out) {
  const uint32_t first = Sextet(in[0]);
  const uint32_t second = Sextet(in[1]);
  const uint32_t third = size == 3 ? Sextet(in[2]) : 0;
  if ((first | second | third) == kNoSextet) return kInvalid;
  out[0] = static_cast<char>(first << 2 | second >> 4);
  if (size == 2) return 1;
  out[1] = static_cast<char>(second << 4 | third >> 2);
  return 2;
}

}  // namespace

size_t Encode(const Kernel& kernel, const char* in, size_t size, char* out) {
  const size_t tail = size % 3;
  const size_t whole = size - tail;
  kernel.encode_groups(in, whole, out);
  if (tail != 0) EncodeTail(in + whole, tail, out + whole / 3 * 4);
  return EncodedSize(size);
}

size_t Decode(const Kernel& kernel, const char* in, size_t size, char* out) {
  while (size != 0 && in[size - 1] == '=') --size;
  const size_t tail = size % 4;
  if (tail == 1) return kInvalid;
  const size_t whole = size - tail;
  if (!kernel.decode_groups(in, whole, out)) return kInvalid;
  const size_t decoded = whole / 4 * 3;
  if (tail == 0) return decoded;
  const size_t rest = DecodeTail(in + whole, tail, out + decoded);
  return rest == kInvalid ? kInvalid : decoded + rest;
}

size_t Encode(const char* in, size_t size, char* out) { return Encode(fastest, in, size, out); }

size_t Decode(const char* in, size_t size, char* out) { return Decode(fastest, in, size, out); }

}  // namespace sluice::base64
