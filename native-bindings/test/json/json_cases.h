// Texts at the edges of JSON's grammar, most of them cases of the JSON Parsing Test Suite.
#ifndef SLUICE_TEST_JSON_JSON_CASES_H_
#define SLUICE_TEST_JSON_JSON_CASES_H_

#include <string>
#include <vector>

namespace sluice {

/// Texts that JSON.parse accepts.
std::vector<std::string> JsonTexts();

/// Texts that JSON.parse refuses.
std::vector<std::string> OtherTexts();

/// `text` with a few bytes or slices of it changed, so that it is often still nearly JSON.
template <typename Random>
std::string Mutate(std::string text, Random* random) {
  static const std::string kBytes =
      "{}[]:,\"\\ \t\n0123456789-+.eEutrfalsn/\x01\x1A\x0C\x7F\x80\xC3\xED\xFF";
  for (size_t count = 1 + (*random)() % 3; count > 0; --count) {
    const size_t at = text.empty() ? 0 : (*random)() % text.size();
    const char byte = kBytes[(*random)() % kBytes.size()];
    switch ((*random)() % 5) {
      case 0:
        text.insert(at, 1, byte);
        break;
      case 1:
        if (!text.empty()) text[at] = byte;
        break;
      case 2:
        text.erase(at, 1 + (*random)() % 3);
        break;
      case 3:
        text.insert(at, (*random)() % 3, ' ');
        break;
      case 4:
        text.insert(at, text.substr((*random)() % (text.size() + 1), (*random)() % 8));
        break;
    }
  }
  return text;
}

}  // namespace sluice

#endif  // SLUICE_TEST_JSON_JSON_CASES_H_
