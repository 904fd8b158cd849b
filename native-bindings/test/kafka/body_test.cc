// The budget of produce bytes, and bodies that are charged to it.
#include "kafka/body.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "json/produce_request.h"
#include "kafka/budget.h"
#include "kafka/rest_code.h"

namespace sluice {
namespace {

bool Append(Body* body, std::string_view text) {
  return body->Append(text.data(), text.size()) == 0;
}

std::string_view TextOf(Body* body) { return {body->data(), body->size()}; }

TEST(BudgetTest, TakesUpToItsLimitAndNotBeyond) {
  Budget budget(100);
  EXPECT_TRUE(budget.TryTake(60));
  EXPECT_FALSE(budget.TryTake(41));
  EXPECT_EQ(budget.used(), 60);
  EXPECT_TRUE(budget.TryTake(40));
  EXPECT_FALSE(budget.TryTake(1));
  EXPECT_TRUE(budget.TryTake(0));
  budget.Give(100);
  EXPECT_EQ(budget.used(), 0);
}

TEST(BudgetTest, ALoweredLimitHoldsForWhatComes) {
  Budget budget(100);
  EXPECT_TRUE(budget.TryTake(80));
  budget.set_limit(50);
  EXPECT_FALSE(budget.TryTake(1));
  budget.Give(80);
  EXPECT_TRUE(budget.TryTake(50));
}

TEST(BudgetTest, ThreadsTogetherNeverExceedIt) {
  constexpr int64_t kLimit = 1000;
  Budget budget(kLimit);
  std::atomic<int64_t> held{0};
  std::atomic<bool> exceeded{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50'000; ++i) {
        const int64_t amount = (i * 7 + t * 131) % 400;
        if (!budget.TryTake(amount)) continue;
        if (held.fetch_add(amount) + amount > kLimit) exceeded = true;
        held.fetch_sub(amount);
        budget.Give(amount);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(budget.used(), 0);
}

TEST(BodyTest, CollectsPieces) {
  Budget budget(1000);
  Body body(budget);
  EXPECT_TRUE(body.empty());
  EXPECT_TRUE(Append(&body, "one "));
  EXPECT_TRUE(Append(&body, ""));
  EXPECT_TRUE(Append(&body, "two"));
  EXPECT_EQ(TextOf(&body), "one two");
  EXPECT_EQ(budget.used(), 7);
}

TEST(BodyTest, GrowsToAnySizeAndKeepsItsBytes) {
  Budget budget(int64_t{1} << 30);
  for (const size_t piece : {size_t{1}, size_t{1000}, size_t{100'000}}) {
    Body body(budget);
    std::string expected;
    while (expected.size() < 300'000) {
      const std::string some(piece, static_cast<char>('a' + expected.size() % 26));
      expected += some;
      ASSERT_TRUE(Append(&body, some));
      if (piece == 1 && expected.size() > 3000) break;
    }
    EXPECT_EQ(TextOf(&body), expected);
  }
}

TEST(BodyTest, ThePaddingAfterItsBytesCanBeWritten) {
  Budget budget(1 << 20);
  for (const size_t size : {0, 1, 63, 64, 65, 4096}) {
    Body body(budget);
    ASSERT_TRUE(Append(&body, std::string(size, 'x')));
    ASSERT_NE(body.data(), nullptr);
    memset(body.data() + size, 0, ProduceRequestParser::kPadding);  // ASan looks.
  }
}

TEST(BodyTest, TakesMoreAndLessThanWasAnnounced) {
  Budget budget(1 << 20);
  for (const size_t announced : {0, 1, 5'000, 20'000, 1'000'000}) {
    Body body(budget, announced);
    ASSERT_TRUE(Append(&body, "x"));
    ASSERT_TRUE(Append(&body, std::string(9'999, 'y')));
    ASSERT_TRUE(Append(&body, std::string(10'000, 'z')));
    EXPECT_EQ(body.size(), 20'000u);
    EXPECT_EQ(TextOf(&body).substr(0, 2), "xy");
    EXPECT_EQ(TextOf(&body).back(), 'z');
  }
}

TEST(BodyTest, WhatIsAnnouncedTakesNeitherBudgetNorMemory) {
  Budget budget(100);
  std::vector<Body> bodies;
  bodies.reserve(1000);
  // More address space than any process has.
  for (int i = 0; i < 1000; ++i) bodies.emplace_back(budget, size_t{1} << 50);
  EXPECT_EQ(budget.used(), 0);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Append(&bodies[static_cast<size_t>(i)], "x"));
}

TEST(BodyTest, WithoutMemoryAPieceIsRefusedAndNothingIsChanged) {
  constexpr int64_t kMoreThanThereIs = int64_t{1} << 60;
  Budget budget(2 * kMoreThanThereIs);
  Body body(budget);
  ASSERT_TRUE(Append(&body, "some"));
  EXPECT_EQ(body.Append("", static_cast<size_t>(kMoreThanThereIs)), kOutOfMemory);
  EXPECT_EQ(budget.used(), 4);
  EXPECT_EQ(TextOf(&body), "some");
  ASSERT_TRUE(Append(&body, " more"));
  EXPECT_EQ(TextOf(&body), "some more");
}

TEST(BodyTest, WithAnotherBudgetItCountsForThatOne) {
  Budget arriving(100);
  Budget waiting(10);
  {
    Body body(arriving);
    ASSERT_TRUE(Append(&body, "12345678901"));
    EXPECT_FALSE(body.MoveTo(waiting));
    EXPECT_EQ(arriving.used(), 11);
    EXPECT_EQ(waiting.used(), 0);
    waiting.set_limit(20);
    EXPECT_TRUE(body.MoveTo(waiting));
    EXPECT_EQ(arriving.used(), 0);
    EXPECT_EQ(waiting.used(), 11);
    EXPECT_TRUE(body.Charge(9));
    EXPECT_FALSE(body.Charge(1));
  }
  EXPECT_EQ(arriving.used(), 0);
  EXPECT_EQ(waiting.used(), 0);
}

TEST(BodyTest, APieceBeyondTheBudgetIsRefusedAndNothingIsCopied) {
  Budget budget(10);
  Body body(budget);
  EXPECT_TRUE(Append(&body, "12345678"));
  EXPECT_EQ(body.Append("901", 3), kTooManyRequests);
  EXPECT_EQ(TextOf(&body), "12345678");
  EXPECT_EQ(budget.used(), 8);
  EXPECT_TRUE(Append(&body, "90"));
}

TEST(BodyTest, GivesBackWhatItWasChargedWhenItGoes) {
  Budget budget(100);
  {
    Body body(budget);
    EXPECT_TRUE(Append(&body, "12345"));
    EXPECT_TRUE(body.Charge(50));
    EXPECT_FALSE(body.Charge(46));
    EXPECT_EQ(budget.used(), 55);
  }
  EXPECT_EQ(budget.used(), 0);
}

TEST(BodyTest, AMovedBodyTakesItsChargeAlong) {
  Budget budget(100);
  std::optional<Body> first(budget);
  EXPECT_TRUE(Append(&*first, "12345"));
  {
    Body second(std::move(*first));
    first.reset();
    EXPECT_EQ(budget.used(), 5);
    EXPECT_EQ(TextOf(&second), "12345");
    EXPECT_TRUE(Append(&second, "6"));
  }
  EXPECT_EQ(budget.used(), 0);
}

}  // namespace
}  // namespace sluice
