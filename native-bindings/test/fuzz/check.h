// What fuzz targets use to say that something is wrong.
#ifndef SLUICE_TEST_FUZZ_CHECK_H_
#define SLUICE_TEST_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice {

/// Ends the process, which is how libFuzzer learns of it, unless `holds`.
inline void Check(bool holds, const char* expectation) {
  if (holds) return;
  std::fprintf(stderr, "Expected: %s\n", expectation);
  std::abort();
}

/// A copy of `text` and `padding` bytes of `filler`, in memory without a byte to spare, so that
/// AddressSanitizer sees every step out of it.
inline std::unique_ptr<char[]> ExactCopy(std::string_view text, size_t padding = 0,
                                         char filler = '\0') {
  std::unique_ptr<char[]> copy(new char[text.size() + padding]);
  text.copy(copy.get(), text.size());
  std::memset(copy.get() + text.size(), filler, padding);
  return copy;
}

}  // namespace sluice

#endif  // SLUICE_TEST_FUZZ_CHECK_H_
