// The grammar: which texts are JSON, with each of simdjson's implementations, and what is left of
// them without white space.
#include "json/minify.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "json/each_simdjson.h"
#include "json/json_cases.h"
#include "json/reference_json.h"
#include "json/tokens.h"

namespace sluice::json {
namespace {

class MinifyTest : public EachSimdjson {
 protected:
  /// The minified text, or nothing and `fault_`. In place, elsewhere and checking give the same.
  std::optional<std::string> MinifyIt(std::string_view text) {
    const auto copy = std::make_unique<char[]>(text.size());
    text.copy(copy.get(), text.size());
    const std::string_view copied(copy.get(), text.size());
    const auto out = std::make_unique<char[]>(text.size());
    char* nowhere = nullptr;
    const bool is_json = Run(copied, &nowhere);
    char* end = out.get();
    EXPECT_EQ(Run(copied, &end), is_json);
    EXPECT_EQ(copied, text);
    const size_t leading = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    char* end_in_place = copy.get() + leading;
    EXPECT_EQ(Run(copied, &end_in_place), is_json);
    if (!is_json) return std::nullopt;
    EXPECT_EQ(nowhere, nullptr);
    const std::string minified(out.get(), end);
    EXPECT_EQ(std::string(copy.get() + leading, end_in_place), minified);
    return minified;
  }

  const std::string& fault() const { return fault_; }

 private:
  bool Run(std::string_view text, char** out) {
    Cursor cursor;
    if (!tokens_.Find(text, &cursor, &fault_)) return false;
    if (!Minify(&cursor, kMaxDepth, out, &fault_)) return false;
    if (!cursor.AtEnd()) fault_ = cursor.Expected("the end");
    return cursor.AtEnd();
  }

  Tokens tokens_;
  std::string fault_;
};

INSTANTIATE_TEST_SUITE_P(Simdjson, MinifyTest, testing::ValuesIn(SupportedSimdjson()),
                         SimdjsonName);

TEST_P(MinifyTest, AcceptsJson) {
  for (const std::string& text : JsonTexts()) {
    ASSERT_TRUE(ReferenceMinify(text)) << text;
    EXPECT_EQ(MinifyIt(text), ReferenceMinify(text)) << fault();
  }
}

TEST_P(MinifyTest, RefusesAllElse) {
  for (const std::string& text : OtherTexts()) {
    ASSERT_FALSE(ReferenceMinify(text)) << text;
    EXPECT_FALSE(MinifyIt(text)) << testing::PrintToString(text);
  }
}

TEST_P(MinifyTest, TakesOnlyWhiteSpaceOut) {
  EXPECT_EQ(MinifyIt(" { \"a b\" : [ 1.50 , \" \\\" \" ] ,\n\t\"a b\" : { } }\r\n"),
            R"({"a b":[1.50," \" "],"a b":{}})");
  EXPECT_EQ(MinifyIt(R"({"b":1e3,"a":12345678901234567890,"b":"\u0041"})"),
            R"({"b":1e3,"a":12345678901234567890,"b":"\u0041"})");
}

TEST_P(MinifyTest, AgreesWithTheReferenceOnDamagedTexts) {
  std::mt19937 random(1);
  const std::vector<std::string> texts = JsonTexts();
  size_t accepted = 0;
  for (int round = 0; round < 40000; ++round) {
    const std::string text = Mutate(texts[random() % texts.size()], &random);
    const auto expected = ReferenceMinify(text);
    ASSERT_EQ(MinifyIt(text), expected) << testing::PrintToString(text) << ' ' << fault();
    accepted += expected.has_value();
  }
  EXPECT_GT(accepted, 5000u) << "The mutations leave too little JSON to tell anything.";
}

TEST_P(MinifyTest, SaysWhatIsWrongAndWhere) {
  const struct {
    std::string text;
    std::string_view fault;
  } cases[] = {
      {"", "found the end at byte 0, expected a value"},
      {"  ", "found the end at byte 2, expected a value"},
      {"[1,]", "found ']' at byte 3, expected a value"},
      {"[1 2]", "found '2' at byte 3, expected ',' or ']'"},
      {R"({"a" 1})", "found '1' at byte 5, expected ':'"},
      {R"({"a":1,})", "found '}' at byte 7, expected a member name in quotes"},
      {R"({"a":[1})", "found '}' at byte 7, expected ',' or ']'"},
      {R"({"a":tru})", "found 'tru' at byte 5, expected a value"},
      {R"({"a":01})", "found '01' at byte 5, expected a value"},
      {R"({"a":1)", "found the end at byte 6, expected ',' or '}'"},
      {"[] []", "found an array at byte 3, expected the end"},
      {"[\"a\" {}]", "found an object at byte 5, expected ',' or ']'"},
      {"[\"a\" \"b\"]", "found \"b\" at byte 5, expected ',' or ']'"},
      {R"(["ab\x41"])", R"(found '\x41' at byte 4, expected an escape of JSON's)"},
      {"\xEF\xBB\xBF{}", "found a byte order mark at byte 0, expected a value"},
      {"[\"a\nb\"]", "found the control character 0x0A at byte 3, expected it escaped in a string"},
      {"[\"a\xFF\"]", "found 0xFF at byte 3, expected UTF-8"},
      {"[\"a", "found the end at byte 3, expected a closing quote for the string at byte 1"},
      {"{} \u20AC", "found '\u20AC' at byte 3, expected such only in strings"},
      {"[" + std::string(100, 'x') + "]",
       "found 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' at byte 1, "
       "expected a value"},
      {std::string(1001, '[') + std::string(1001, ']'),
       "found an array at byte 1000, expected at most 1000 containers in one another"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_FALSE(MinifyIt(text)) << text;
    EXPECT_EQ(fault(), expected) << text;
  }
}

TEST(TokensTest, RefusesMoreThanCanBeIndexed) {
  Tokens tokens;
  Cursor cursor;
  std::string fault;
  EXPECT_FALSE(tokens.Find({"", size_t{5} << 30}, &cursor, &fault));
  EXPECT_EQ(fault, "found 5368709120 bytes, expected what fits into memory");
  EXPECT_TRUE(tokens.Find("1", &cursor, &fault));
}

TEST(TokensTest, GivesMemoryOfLongTextsBack) {
  Tokens tokens;
  Cursor cursor;
  std::string fault;
  const std::string text = "[" + std::string(3 << 20, ' ') + "]";
  ASSERT_TRUE(tokens.Find(text, &cursor, &fault));
  tokens.Trim();
  ASSERT_TRUE(tokens.Find("[1]", &cursor, &fault));
  char* nowhere = nullptr;
  EXPECT_TRUE(Minify(&cursor, kMaxDepth, &nowhere, &fault));
}

TEST(WhiteSpaceFilterTest, DoesTheSameAsMinifyInPiecesOfAnySize) {
  for (const std::string& text : JsonTexts()) {
    const std::string expected = *ReferenceMinify(text);
    if (text.size() > 500) continue;
    for (size_t size = 1; size <= 16; ++size) {
      WhiteSpaceFilter filter;
      std::string minified;
      std::string_view rest = text;
      while (!rest.empty()) {
        char out[16];
        const Progress done = filter.Filter(rest, out, size);
        minified.append(out, done.written);
        rest.remove_prefix(done.read);
      }
      EXPECT_EQ(minified, expected);
    }
  }
}

TEST(IsNumberTest, KnowsTheGrammar) {
  for (const char* number : {"0", "-0", "10", "-12.50", "1e5", "1E+5", "0.1e-9", "1e400"}) {
    EXPECT_TRUE(IsNumber(number)) << number;
  }
  for (const char* other :
       {"", "-", "+1", "01", "1.", ".1", "1e", "1e+", "1.e1", "0x1", "1 ", "1a"}) {
    EXPECT_FALSE(IsNumber(other)) << other;
  }
}

}  // namespace
}  // namespace sluice::json
