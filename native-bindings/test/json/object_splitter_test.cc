#include "json/object_splitter.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::json {
namespace {

using Found = ObjectSplitter::Found;

/// What a splitter says of pieces: the objects it has found, and how it has ended.
struct Outcome {
  std::vector<std::string> objects;
  Found last = Found::kNothing;
  bool is_within = false;

  bool operator==(const Outcome&) const = default;
};

Outcome Split(const std::vector<std::string_view>& pieces) {
  ObjectSplitter splitter;
  Outcome outcome;
  std::string object;
  for (const std::string_view piece : pieces) {
    for (size_t at = 0;;) {
      const bool was_within = splitter.is_within();
      const ObjectSplitter::Step step = splitter.Next(piece.substr(at));
      EXPECT_LE(step.begin, step.end);
      EXPECT_TRUE(!was_within || step.begin == 0);
      object += piece.substr(at + step.begin, step.end - step.begin);
      at += step.end;
      if (step.found == Found::kNothing) break;
      if (step.found != Found::kNoObject) outcome.objects.push_back(object);
      object.clear();
      if (step.found == Found::kObject) continue;
      outcome.last = step.found;
      return outcome;
    }
  }
  outcome.is_within = splitter.is_within();
  return outcome;
}

Outcome Split(std::string_view text) { return Split(std::vector{text}); }

TEST(ObjectSplitterTest, ObjectsNeedNoSeparator) {
  EXPECT_EQ(Split(R"({}{"a":1}{"b":[{}]})").objects,
            (std::vector<std::string>{"{}", R"({"a":1})", R"({"b":[{}]})"}));
  EXPECT_EQ(Split(" \r\n{}\t\n {} ").objects, (std::vector<std::string>{"{}", "{}"}));
  EXPECT_TRUE(Split(" \n ").objects.empty());
}

TEST(ObjectSplitterTest, BracketsAndQuotesInStringsAreText) {
  for (const std::string text :
       {R"({"}":"{"})", R"({"a":"\"}"})", R"({"a":"\\"})", R"({"a":"\\\"}"})", R"({"[":"]]"})"}) {
    EXPECT_EQ(Split(text).objects, std::vector{text}) << text;
    EXPECT_EQ(Split(text + text).objects, (std::vector{text, text})) << text;
  }
}

TEST(ObjectSplitterTest, AnObjectThatIsCutIsWithin) {
  for (const std::string_view text : {"{", R"({"a)", R"({"a\)", R"({"a":[)", R"({}{"a":{})"}) {
    EXPECT_TRUE(Split(text).is_within) << text;
  }
}

TEST(ObjectSplitterTest, ABracketThatDoesNotFitEndsAnObject) {
  EXPECT_EQ(Split(R"({}{"a":]{})"), (Outcome{{"{}", R"({"a":])"}, Found::kBroken, false}));
  EXPECT_EQ(Split("{[}").last, Found::kBroken);
}

TEST(ObjectSplitterTest, ContainersNestAThousandTimesAndNoMore) {
  const std::string deep =
      "{\"a\":" + std::string(kMaxDepth - 1, '[') + std::string(kMaxDepth - 1, ']') + "}";
  EXPECT_EQ(Split(deep).objects, std::vector{deep});
  EXPECT_EQ(Split("{\"a\":" + std::string(kMaxDepth, '[')).last, Found::kBroken);
}

TEST(ObjectSplitterTest, TextBetweenObjectsIsNone) {
  for (const std::string_view text : {"{},{}", "{}[", "{}1", "{}]", "{}\"{}\"", "{}\xEF"}) {
    EXPECT_EQ(Split(text), (Outcome{{"{}"}, Found::kNoObject, false})) << text;
  }
}

TEST(ObjectSplitterTest, ATextThatIsCutAtAnyByteIsTheSame) {
  const std::string_view text =
      R"( {"a":"\\\"{","b":[{"\\":"}"},[]]}{}  {"c\"":"\\\\"}{"d":"\u005c\""} {"e":"ü\\"} )";
  const Outcome whole = Split(text);
  EXPECT_EQ(whole.objects.size(), 5u);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      EXPECT_EQ(
          Split({text.substr(0, first), text.substr(first, second - first), text.substr(second)}),
          whole)
          << first << " " << second;
    }
  }
}

TEST(ObjectSplitterTest, RandomTextInRandomPiecesIsAsTheWholeText) {
  std::mt19937 random(1);
  constexpr std::string_view kAlphabet = "{}[]\"\\\\\\ a:,";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t size = random() % 40; text.size() < size;) {
      text += random() % 6 == 0 ? std::string("{\"a\":\"")
                                : std::string(1, kAlphabet[random() % kAlphabet.size()]);
    }
    std::vector<std::string_view> pieces;
    for (std::string_view rest = text; !rest.empty();) {
      const size_t size = 1 + random() % 5;
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
    }
    EXPECT_EQ(Split(pieces), Split(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::json
