// Fuzzes uws/overlay/uSockets/internal/proxy_header.h. The first byte chooses the size of pieces,
// the others are a connection's bytes. A header says the same in one piece and in several.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "internal/proxy_header.h"

namespace {

struct Result {
  bool is_malformed = false;
  bool is_complete = false;
  size_t used = 0;
  std::string address;

  bool operator==(const Result&) const = default;
};

Result Read(std::string_view bytes, size_t piece) {
  us_proxy_header_t header = {};
  Result result;
  while (!header.is_complete && !bytes.empty()) {
    // A copy of its own, so that a read behind the piece is seen.
    const std::vector<char> own(
        bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(std::min(piece, bytes.size())));
    const int used = us_proxy_header_read(&header, own.data(), static_cast<int>(own.size()));
    if (used < 0) return {.is_malformed = true};
    sluice::Check(used > 0 && static_cast<size_t>(used) <= own.size(),
                  "bytes are used, and no others");
    result.used += static_cast<size_t>(used);
    bytes.remove_prefix(static_cast<size_t>(used));
  }
  result.is_complete = header.is_complete != 0;
  const auto length = static_cast<size_t>(header.address_length);
  sluice::Check(length == 0 || length == 4 || length == 16, "an address has 4 or 16 bytes");
  if (result.is_complete) result.address.assign(reinterpret_cast<char*>(header.address), length);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Result whole = Read(bytes, bytes.size());
  sluice::Check(Read(bytes, 1 + data[0] % 32) == whole, "pieces make no difference");
  return 0;
}
