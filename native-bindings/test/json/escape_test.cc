// Escaping and unescaping, each against a table, and both against one another.
#include "json/escape.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "json/reference_json.h"

namespace sluice::json {
namespace {

using std::string_literals::operator""s;

std::string EscapeAll(std::string_view text) {
  const size_t capacity = text.size() * kMaxEscapeSize;
  const auto out = std::make_unique<char[]>(capacity);
  const Progress done = Escape(text, out.get(), capacity);
  EXPECT_EQ(done.read, text.size());
  return std::string(out.get(), done.written);
}

/// What `content` stands for, or "lone surrogate"; in place and elsewhere give the same.
std::string UnescapeIt(std::string content) {
  const auto out = std::make_unique<char[]>(content.size());
  const size_t size = Unescape(content, out.get());
  EXPECT_EQ(Unescape(content, content.data()), size);
  if (size == kLoneSurrogate) return "lone surrogate";
  EXPECT_EQ(std::string_view(content).substr(0, size), std::string_view(out.get(), size));
  return std::string(out.get(), size);
}

TEST(EscapeTest, EscapesWhatJsonAsksForAndNothingElse) {
  EXPECT_EQ(EscapeAll("\"\\"), R"(\"\\)");
  EXPECT_EQ(EscapeAll("\b\t\n\f\r"), R"(\b\t\n\f\r)");
  EXPECT_EQ(EscapeAll("\0\1\x0B\x1F"s), R"(\u0000\u0001\u000B\u001F)");
  EXPECT_EQ(EscapeAll(" /'<>&\x7F"), " /'<>&\x7F");
  EXPECT_EQ(EscapeAll("\u00E9\u20AC\u2028\U0001F600"), "\u00E9\u20AC\u2028\U0001F600");
}

TEST(EscapeTest, EscapesEveryByteAtEveryPosition) {
  for (int value = 0; value < 0x80; ++value) {
    const char byte = static_cast<char>(value);
    const std::string alone = EscapeAll(std::string(1, byte));
    for (size_t position = 0; position < 20; ++position) {
      std::string text(20, 'x');
      text[position] = byte;
      std::string expected(20, 'x');
      expected.replace(position, 1, alone);
      ASSERT_EQ(EscapeAll(text), expected) << value << " at " << position;
    }
  }
}

TEST(EscapeTest, StopsBeforeTheEscapeThatHasNoRoom) {
  const std::string text = "abc\"def\x01ghijklmnop";
  const std::string whole = EscapeAll(text);
  for (size_t capacity = 0; capacity <= whole.size(); ++capacity) {
    const auto out = std::make_unique<char[]>(capacity);
    const Progress done = Escape(text, out.get(), capacity);
    const std::string_view written(out.get(), done.written);
    EXPECT_TRUE(whole.starts_with(written));
    EXPECT_EQ(written, EscapeAll(text.substr(0, done.read)));
    EXPECT_LT(capacity - done.written, kMaxEscapeSize);
  }
}

TEST(EscapeTest, QuotesAndRepairs) {
  std::string out = "x";
  AppendQuoted("a\"b", &out);
  EXPECT_EQ(out, R"(x"a\"b")");
  out.clear();
  AppendQuoted("a\xFFz", &out);
  EXPECT_EQ(out, "\"a\uFFFDz\"");
  out.clear();
  AppendQuoted("", &out);
  EXPECT_EQ(out, "\"\"");
  out.clear();
  AppendQuoted(std::string(1000, '\x01'), &out);
  EXPECT_EQ(out.size(), 2 + 1000 * kMaxEscapeSize);
}

TEST(UnescapeTest, FindsEscapesThatJsonDoesNotKnow) {
  const struct {
    std::string_view content;
    size_t offset;
  } cases[] = {
      {"", 0},
      {"plain", 5},
      {R"(\"\\\/\b\f\n\r\t)", 16},
      {R"(\u0041\uFFFF\uabCD)", 18},
      {R"(\ud800 \udc00\udc00)", 19},
      {R"(ab\x41)", 2},
      {R"(\u12)", 0},
      {R"(\u12G4)", 0},
      {R"(\U0041)", 0},
      {R"(\u-041)", 0},
      {R"(\u 041)", 0},
      {R"(\\\)", 2},
      {R"(\n\')", 2},
      {"\\\x80", 0},
  };
  for (const auto& [content, offset] : cases) EXPECT_EQ(FindBadEscape(content), offset) << content;
}

TEST(UnescapeTest, WritesWhatEscapesStandFor) {
  EXPECT_EQ(UnescapeIt(""), "");
  EXPECT_EQ(UnescapeIt("plain"), "plain");
  EXPECT_EQ(UnescapeIt(R"(a\"b\\c\/d\be\ff\ng\rh\ti)"), "a\"b\\c/d\be\ff\ng\rh\ti");
  EXPECT_EQ(UnescapeIt(R"(\u0041\u00e9\u20AC)"), "A\u00E9\u20AC");
  EXPECT_EQ(UnescapeIt(R"(\u0000)"), "\0"s);
  EXPECT_EQ(UnescapeIt(R"(\ud83d\ude00!)"), "\U0001F600!");
  EXPECT_EQ(UnescapeIt(R"(\uDBFF\uDFFF)"), "\U0010FFFF");
}

TEST(UnescapeTest, RefusesHalvesOfSurrogatePairs) {
  for (const char* content :
       {R"(\ud800)", R"(\ud800x)", R"(\ud800\n)", R"(\ud800\ud800)", R"(\udc00)", R"(\udc00\ud800)",
        R"(\ud800\u0041)", R"(text \udfff text)"}) {
    EXPECT_EQ(UnescapeIt(content), "lone surrogate") << content;
  }
}

TEST(UnescapeTest, UndoesEscape) {
  std::mt19937 random(1);
  constexpr std::string_view kPieces[] = {"a",    "\"",     "\\",         "\n",
                                          "\x01", "\u00E9", "\U0001F600", "bcdefgh"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t i = random() % 20; i > 0; --i) text += kPieces[random() % std::size(kPieces)];
    const std::string escaped = EscapeAll(text);
    ASSERT_EQ(FindBadEscape(escaped), escaped.size());
    ASSERT_EQ(UnescapeIt(escaped), text);
    ASSERT_TRUE(ReferenceMinify("\"" + escaped + "\"").has_value());
  }
}

}  // namespace
}  // namespace sluice::json
