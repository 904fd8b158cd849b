// Encodings as Jackson detects them, and their conversion against a table of code points.
#include "json/encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "json/utf8.h"

namespace sluice::json {
namespace {

using std::string_literals::operator""s;

constexpr Encoding kWide[] = {Encoding::kUtf16Le, Encoding::kUtf16Be, Encoding::kUtf32Le,
                              Encoding::kUtf32Be};

void AppendUnit(uint32_t unit, size_t size, bool big_endian, std::string* out) {
  for (size_t i = 0; i < size; ++i) {
    const size_t shift = 8 * (big_endian ? size - 1 - i : i);
    out->push_back(static_cast<char>(unit >> shift));
  }
}

std::string Encode(const std::vector<uint32_t>& code_points, Encoding encoding) {
  const bool big_endian = encoding == Encoding::kUtf16Be || encoding == Encoding::kUtf32Be;
  const bool is_16 = encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be;
  std::string text;
  for (const uint32_t code_point : code_points) {
    if (is_16 && code_point > 0xFFFF) {
      AppendUnit(0xD800 + ((code_point - 0x10000) >> 10), 2, big_endian, &text);
      AppendUnit(0xDC00 + ((code_point - 0x10000) & 0x3FF), 2, big_endian, &text);
    } else {
      AppendUnit(code_point, is_16 ? 2 : 4, big_endian, &text);
    }
  }
  return text;
}

TEST(EncodingTest, ConvertsTheEdgesOfEachLength) {
  const std::vector<uint32_t> code_points = {'{',    0x7F,   0x80,   0x7FF,   0x800,   0xD7FF,
                                             0xE000, 0xFEFF, 0xFFFF, 0x10000, 0x10FFFF};
  std::string expected;
  for (const uint32_t code_point : code_points) {
    char character[4];
    expected.append(character, utf8::Write(code_point, character));
  }
  for (const Encoding encoding : kWide) {
    const std::string text = Encode(code_points, encoding);
    ASSERT_EQ(SizeInUtf8(text, encoding), expected.size());
    std::string converted(expected.size(), '?');
    EXPECT_EQ(WriteInUtf8(text, encoding, converted.data()), converted.data() + converted.size());
    EXPECT_EQ(converted, expected);
  }
}

TEST(EncodingTest, RefusesWhatIsMalformed) {
  for (const Encoding encoding : kWide) {
    const std::string whole = Encode({'{', 0x1F600}, encoding);
    EXPECT_TRUE(SizeInUtf8(whole, encoding));
    EXPECT_EQ(SizeInUtf8("", encoding), 0);
    for (size_t size = whole.size() - 1; size > 4; --size) {
      EXPECT_FALSE(SizeInUtf8(std::string_view(whole).substr(0, size), encoding)) << size;
    }
  }
  for (const uint32_t lone : {0xD800, 0xDBFF, 0xDC00, 0xDFFF}) {
    for (const Encoding encoding : kWide) {
      EXPECT_FALSE(SizeInUtf8(Encode({'"', lone, '"'}, encoding), encoding)) << lone;
    }
  }
  EXPECT_FALSE(SizeInUtf8(Encode({0x110000}, Encoding::kUtf32Le), Encoding::kUtf32Le));
  EXPECT_FALSE(SizeInUtf8("\xFF\xFF\xFF\xFF", Encoding::kUtf32Be));
}

TEST(EncodingTest, IsDetectedByTheMarkOrTheFirstCharacter) {
  for (const Encoding encoding : kWide) {
    const std::string plain = Encode({'{', '}'}, encoding);
    EXPECT_EQ(DetectEncoding(plain).encoding, encoding);
    EXPECT_EQ(DetectEncoding(plain).mark_size, 0);
    const std::string marked = Encode({0xFEFF, '{', '}'}, encoding);
    EXPECT_EQ(DetectEncoding(marked).encoding, encoding);
    EXPECT_EQ(DetectEncoding(marked).mark_size, marked.size() - plain.size());
  }
  for (const std::string& text : {"{}"s, ""s, "{"s, "\0"s, "\0\0"s, "\0\0\0"s, "\xC3\xA9"s}) {
    EXPECT_EQ(DetectEncoding(text).encoding, Encoding::kUtf8) << text.size();
    EXPECT_EQ(DetectEncoding(text).mark_size, 0) << text.size();
  }
  EXPECT_EQ(DetectEncoding("\xEF\xBB\xBF{}").mark_size, 3);
  // One digit of a body of two bytes.
  EXPECT_EQ(DetectEncoding("1\0"s).encoding, Encoding::kUtf16Le);
  EXPECT_EQ(DetectEncoding("\0"
                           "1"s)
                .encoding,
            Encoding::kUtf16Be);
}

TEST(EncodingTest, OneMarkIsLeftOut) {
  EXPECT_EQ(WithoutMark("\xEF\xBB\xBF{}"), "{}");
  EXPECT_EQ(WithoutMark("\xEF\xBB\xBF\xEF\xBB\xBF"), "\xEF\xBB\xBF");
  EXPECT_EQ(WithoutMark("\xEF\xBB"), "\xEF\xBB");
  EXPECT_EQ(WithoutMark(""), "");
}

}  // namespace
}  // namespace sluice::json
