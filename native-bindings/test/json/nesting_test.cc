#include "json/nesting.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::json {
namespace {

/// The least depth that a text is not deeper than.
size_t DepthOf(std::string_view text) {
  size_t depth = 0;
  while (NestsDeeperThan(text, depth)) ++depth;
  return depth;
}

TEST(NestingTest, CountsBracketsOfBothKinds) {
  EXPECT_EQ(DepthOf(""), 0U);
  EXPECT_EQ(DepthOf("\"int\""), 0U);
  EXPECT_EQ(DepthOf("{\"a\":[{}],\"b\":{}}"), 3U);
  EXPECT_EQ(DepthOf("[[],[[]],[]]"), 3U);
  EXPECT_EQ(DepthOf("syntax = \"proto3\"; message A { message B { } oneof c { int32 d = 1; } }"),
            2U);
}

TEST(NestingTest, PassesOverStrings) {
  EXPECT_EQ(DepthOf(R"({"pattern":"[[[{{{","b":"\"[[["})"), 1U);
  EXPECT_EQ(DepthOf(R"(["'",["'"]])"), 2U);
  EXPECT_EQ(DepthOf(R"(message A { string b = 1 [default = "{{{"]; string c = 2 [x = '[[["']; })"),
            2U);
}

TEST(NestingTest, PassesOverCommentsOfProtobufOnly) {
  EXPECT_EQ(DepthOf("// don't {{{ \"\nmessage A { { /* ' [[[ \n [[[ */ } }"), 2U);
  EXPECT_EQ(DepthOf("[1 // [[["), 4U);
  EXPECT_EQ(DepthOf("a // b"), 0U);
  EXPECT_EQ(DepthOf("a /* b"), 0U);
}

TEST(NestingTest, HidesNothingBehindAQuoteThatIsNeverClosed) {
  EXPECT_EQ(DepthOf("a 'b\n{{{"), 3U);
  EXPECT_EQ(DepthOf("[\"b\n[[["), 4U);
}

TEST(NestingTest, TakesTextsThatAreNotWellFormed) {
  EXPECT_EQ(DepthOf("]]]}[[{"), 3U);
  EXPECT_EQ(DepthOf("\"\\"), 0U);
  EXPECT_EQ(DepthOf(std::string(1000, '[')), 1000U);
}

}  // namespace
}  // namespace sluice::json
