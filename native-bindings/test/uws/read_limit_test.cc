// Tests of uws/overlay/uWebSockets/ReadBudget.h, and of HttpReadLimit.h over sockets.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http_server.h"

namespace {

using uWS::ReadBudget;
using uws_test::Client;
using uws_test::Response;
using uws_test::Serve;

constexpr int64_t kSecond = 1000000000;
constexpr int64_t kStart = 1000 * kSecond;

using Cells = std::array<int64_t, ReadBudget::CELLS>;

ReadBudget Budget(Cells& cells, int64_t per_second, ReadBudget::Refill refill = ReadBudget::EVENLY,
                  int64_t now = kStart) {
  return ReadBudget(nullptr, cells.data(), per_second, refill, now);
}

TEST(ReadBudget, GivesBytesOneAfterTheOther) {
  Cells cells = {};
  ReadBudget budget = Budget(cells, 100);
  EXPECT_EQ(budget.take(50, kStart), 0);
  EXPECT_EQ(budget.take(50, kStart), kSecond / 2);
  EXPECT_EQ(budget.take(10, kStart), kSecond);
  EXPECT_EQ(budget.take(10, kStart + 2 * kSecond), 0);
}

TEST(ReadBudget, KeepsTheBytesOfOneSecondOverAPause) {
  Cells cells = {};
  ReadBudget budget = Budget(cells, 100);
  EXPECT_EQ(budget.take(100, kStart + 60 * kSecond), 0);
  EXPECT_EQ(budget.take(1, kStart + 60 * kSecond), 0);
  EXPECT_EQ(budget.take(1, kStart + 60 * kSecond), kSecond / 100);
}

TEST(ReadBudget, GivesTheBytesOfASecondAtItsBeginning) {
  Cells cells = {};
  ReadBudget budget = Budget(cells, 100, ReadBudget::BY_SECOND);
  EXPECT_EQ(budget.take(100, kStart), 0);
  EXPECT_EQ(budget.take(50, kStart + kSecond / 4), kSecond * 3 / 4);
  EXPECT_EQ(budget.take(50, kStart + kSecond / 4), kSecond * 3 / 4);
  EXPECT_EQ(budget.take(1, kStart + kSecond / 4), kSecond * 7 / 4);
  EXPECT_EQ(budget.take(100, kStart + 60 * kSecond), 0);
  EXPECT_GT(budget.take(1, kStart + 60 * kSecond), 0) << "nothing is left of earlier seconds";
}

TEST(ReadBudget, HasWhatWasGivenBack) {
  for (auto refill : {ReadBudget::EVENLY, ReadBudget::BY_SECOND}) {
    Cells cells = {};
    ReadBudget budget = Budget(cells, 100, refill);
    budget.take(100, kStart + 60 * kSecond);
    budget.take(100, kStart + 60 * kSecond);
    EXPECT_GT(budget.take(1, kStart + 60 * kSecond), 0);
    budget.giveBack(201);
    EXPECT_EQ(budget.take(1, kStart + 60 * kSecond), 0);
  }
}

TEST(ReadBudget, IsOneForAllThreads) {
  for (auto refill : {ReadBudget::EVENLY, ReadBudget::BY_SECOND}) {
    Cells cells = {};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&cells, refill] {
        ReadBudget budget = Budget(cells, 1000, refill);
        for (int taken = 0; taken < 10000; taken++) {
          budget.take(2, kStart);
          budget.giveBack(1);
          budget.count(ReadBudget::BYTES, 1);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(cells[ReadBudget::BYTES], 40000);
    EXPECT_EQ(Budget(cells, 1000, refill).take(1, kStart), 40 * kSecond);
  }
}

// What loops have counted in a cell.
int64_t ValueOf(Cells& cells, ReadBudget::Cell cell) {
  return std::atomic_ref<int64_t>(cells[cell]).load();
}

// Serves with a limit. Its cells outlive the server.
void ServeLimited(int64_t per_second, const std::function<void(uWS::App&)>& prepare,
                  const std::function<void(int, Cells&)>& client) {
  auto cells = std::make_shared<Cells>();
  Serve(
      [&](uWS::App& app) {
        app.limitReads(ReadBudget(cells, cells->data(), per_second, ReadBudget::EVENLY,
                                  uWS::HttpReadLimit::now()));
        prepare(app);
      },
      [&](int port) { client(port, *cells); });
}

// Answers a request with the length of its body.
void CountBody(uWS::App& app) {
  app.any("/*", [](Response* res, uWS::HttpRequest*) {
    auto bytes = std::make_shared<size_t>(0);
    res->onAborted([] {});
    res->onData([res, bytes](std::string_view data, bool fin) {
      *bytes += data.size();
      if (fin) res->end(std::to_string(*bytes));
    });
  });
}

std::string Post(size_t bytes) {
  return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
         std::string(bytes, 'x');
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST(HttpReadLimit, HoldsForAllConnectionsTogether) {
  ServeLimited(100000, CountBody, [](int port, Cells& cells) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([port] {
        Client client(port);
        client.Send(Post(75000));
        EXPECT_NE(client.ReadTo("75000").find("200 OK"), std::string::npos);
      });
    }
    for (std::thread& thread : threads) thread.join();
    // Without those of a second, and a piece.
    EXPECT_GE(SecondsSince(start), (4 * 75000 - 100000 - 12500) / 100000.0);
    EXPECT_GE(ValueOf(cells, ReadBudget::BYTES), 4 * 75000);
    EXPECT_GT(ValueOf(cells, ReadBudget::PAUSES), 0);
  });
}

TEST(HttpReadLimit, LetsASmallRequestPassALargeOne) {
  ServeLimited(20000, CountBody, [](int port, Cells& cells) {
    Client large(port);
    // As much as the kernel takes: more than can be read within the test.
    std::string bytes = Post(100000000);
    large.SendNow(bytes);
    Client small(port);
    small.Send(Post(10));
    EXPECT_NE(small.ReadTo("10").find("200 OK"), std::string::npos);
    EXPECT_LT(ValueOf(cells, ReadBudget::BYTES), 2000000);
  });
}

TEST(HttpReadLimit, StopsTheTimeOfAConnectionThatWaits) {
  auto prepare = [](uWS::App& app) {
    for (auto wait : {uWS::HttpWait::IDLE, uWS::HttpWait::HEAD, uWS::HttpWait::BODY})
      app.timeout(wait, 1500);
    CountBody(app);
  };
  ServeLimited(8000, prepare, [](int port, Cells&) {
    std::vector<std::thread> threads;
    // Each waits longer for its turn than the deadline allows.
    for (int i = 0; i < 20; i++) {
      threads.emplace_back([port] {
        Client client(port);
        client.Send(Post(2000));
        EXPECT_NE(client.ReadTo("\r\n\r\n2000").find("200 OK"), std::string::npos);
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
}

TEST(HttpReadLimit, LeavesTheDeadlineOfAClientThatSendsNothing) {
  auto prepare = [](uWS::App& app) {
    app.timeout(uWS::HttpWait::BODY, 1000);
    CountBody(app);
  };
  ServeLimited(1000, prepare, [](int port, Cells&) {
    Client client(port);
    client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" +
                std::string(400, 'x'));
    EXPECT_EQ(client.ReadAll(), "");
  });
}

TEST(HttpReadLimit, ForgetsConnectionsThatAreClosed) {
  ServeLimited(1000, CountBody, [](int port, Cells&) {
    for (int i = 0; i < 20; i++) {
      Client client(port);
      client.Send(Post(500));
      client.Reset();
    }
    Client last(port);
    last.Send(Post(1));
    EXPECT_NE(last.ReadTo("\r\n\r\n1").find("200 OK"), std::string::npos);
  });
}

TEST(HttpReadLimit, ReadsAPausedConnectionAfterItsResumption) {
  auto prepare = [](uWS::App& app) {
    app.any("/*", [](Response* res, uWS::HttpRequest*) {
      auto bytes = std::make_shared<size_t>(0);
      auto is_over = std::make_shared<bool>(false);
      res->onAborted([is_over] { *is_over = true; });
      res->onData([res, bytes, is_over](std::string_view data, bool fin) {
        *bytes += data.size();
        if (fin) {
          *is_over = true;
          res->end(std::to_string(*bytes));
          return;
        }
        res->pause();
        uWS::Loop::get()->defer([res, is_over] {
          if (!*is_over) res->resume();
        });
      });
    });
  };
  ServeLimited(5000, prepare, [](int port, Cells&) {
    Client first(port), second(port);
    first.Send(Post(8000));
    second.Send(Post(8000));
    EXPECT_NE(first.ReadTo("8000").find("200 OK"), std::string::npos);
    EXPECT_NE(second.ReadTo("8000").find("200 OK"), std::string::npos);
  });
}

}  // namespace
