// The characters at the edges of each length, and random bytes against the reference.
#include "json/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "json/reference_json.h"

namespace sluice::utf8 {
namespace {

using std::string_literals::operator""s;

TEST(Utf8Test, FindsTheFirstInvalidByte) {
  const struct {
    std::string text;
    size_t offset;
  } cases[] = {
      {"", 0},
      {"plain", 5},
      {"\x00"s, 1},
      {"\u00E9\u20AC\U0001F600", 9},
      {"\xEF\xBF\xBF", 3},
      {"\xF4\x8F\xBF\xBF", 4},
      {"ab\x80", 2},
      {"ab\xC3", 2},
      {"ab\xC3(", 2},
      {"\xC0\xAF", 0},          // Overlong.
      {"\xC1\xBF", 0},          // Overlong.
      {"\xE0\x9F\xBF", 0},      // Overlong.
      {"\xF0\x8F\xBF\xBF", 0},  // Overlong.
      {"\xED\xA0\x80", 0},      // A surrogate.
      {"\xED\x9F\xBF", 3},
      {"\xEE\x80\x80", 3},
      {"\xF4\x90\x80\x80", 0},  // Above U+10FFFF.
      {"\xF5\x80\x80\x80", 0},
      {"\xFF", 0},
      {"\u20AC\xE2\x82", 3},
  };
  for (const auto& [text, offset] : cases) {
    EXPECT_EQ(FindInvalid(text), offset) << testing::PrintToString(text);
    EXPECT_EQ(IsValid(text), offset == text.size()) << testing::PrintToString(text);
  }
}

TEST(Utf8Test, AgreesWithTheReferenceOnRandomBytes) {
  std::mt19937 random(1);
  constexpr char kInteresting[] =
      "a\x7F\x80\xBF\xC1\xC2\xDF\xE0\xA0\x9F\xED\xEF\xF0\x90\x8F\xF4\xF5";
  for (int round = 0; round < 200'000; ++round) {
    std::string text(random() % 12, '\0');
    for (char& byte : text) byte = kInteresting[random() % (sizeof(kInteresting) - 1)];
    const bool expected = ReferenceIsUtf8(text);
    ASSERT_EQ(IsValid(text), expected) << testing::PrintToString(text);
    ASSERT_EQ(FindInvalid(text) == text.size(), expected) << testing::PrintToString(text);
    ASSERT_TRUE(ReferenceIsUtf8(Repair(text))) << testing::PrintToString(text);
    if (!expected) continue;
    ASSERT_EQ(Repair(text), text);
    for (size_t size = 0; size <= text.size(); ++size) {
      const std::string_view cut = Cut(text, size);
      ASSERT_TRUE(ReferenceIsUtf8(cut) && cut.size() <= size && cut.size() + 4 > size);
    }
  }
}

TEST(Utf8Test, RepairsByteByByte) {
  EXPECT_EQ(Repair("a\xFF\xE2\x82z"), "a\uFFFD\uFFFD\uFFFDz");
  EXPECT_EQ(Repair("\xC3"), "\uFFFD");
}

TEST(Utf8Test, WritesEveryCodePoint) {
  for (uint32_t code_point = 0; code_point <= 0x10FFFF; ++code_point) {
    if (code_point >= 0xD800 && code_point <= 0xDFFF) continue;
    char out[4];
    const std::string_view text(out, static_cast<size_t>(Write(code_point, out) - out));
    const size_t size = code_point < 0x80      ? 1
                        : code_point < 0x800   ? 2
                        : code_point < 0x10000 ? 3
                                               : 4;
    ASSERT_EQ(text.size(), size);
    ASSERT_TRUE(ReferenceIsUtf8(text)) << code_point;
  }
}

}  // namespace
}  // namespace sluice::utf8
