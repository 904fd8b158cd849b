// Tests of uws/overlay/uWebSockets/HttpContext.h and HttpResponse.h over sockets.
#define UWS_HTTP_MAX_HELD_BYTES (1 << 20)

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http_server.h"

namespace {

using uws_test::Client;
using uws_test::Later;
using uws_test::Response;
using uws_test::Serve;

std::string Get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

std::string Post(std::string_view body, std::string_view fields = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

constexpr char kLast[] = "Connection: close\r\n";
constexpr char kChunked[] = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string Ok(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

size_t CountOf(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    count++;
  return count;
}

// Answers with the path, at once below /now and later elsewhere.
void Echo(uWS::App& app) {
  app.any("/*", [](Response* res, uWS::HttpRequest* req) {
    std::string path(req->getUrl());
    if (path.rfind("/now", 0) == 0) {
      res->end(path);
    } else {
      Later(res, [path](Response* r) { r->end(path); });
    }
  });
}

// Answers a request with its body.
void EchoBody(uWS::App& app) {
  app.any("/*", [](Response* res, uWS::HttpRequest*) {
    auto body = std::make_shared<std::string>();
    res->onAborted([] {});
    res->onData([res, body](std::string_view data, bool fin) {
      body->append(data);
      if (fin) res->end(*body);
    });
  });
}

TEST(HttpConnection, AnswersPipelinedRequestsInOrder) {
  Serve(Echo, [](int port) {
    Client client(port);
    client.Send(Get("/a") + Get("/now/b") + Get("/c") + Get("/now/d", kLast) + Get("/e"));
    EXPECT_EQ(client.ReadAll(), Ok("/a") + Ok("/now/b") + Ok("/c") + Ok("/now/d", kLast));
  });
}

TEST(HttpConnection, AnswersThousandsOfPipelinedRequests) {
  Serve(Echo, [](int port) {
    for (const char* path : {"/now", "/later"}) {
      Client client(port);
      std::string requests;
      for (int i = 0; i < 5000; i++) requests += Get(path);
      std::thread sender([&] { client.Send(requests + Get(path, kLast)); });
      EXPECT_EQ(CountOf(client.ReadAll(), Ok(path)), 5000U);
      sender.join();
    }
  });
}

TEST(HttpConnection, HoldsRequestsUntilTheClientTakesTheResponseBefore) {
  std::atomic<int> begun = 0;  // The client's thread reads it.
  const std::string large(8 << 20, 'x');
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest*) {
          begun++;
          res->end(large);
        });
      },
      [&](int port) {
        Client client(port);
        client.Send(Get("/") + Get("/") + Get("/", kLast));
        EXPECT_FALSE(client.IsQuiet(1000));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        EXPECT_EQ(begun, 1);
        EXPECT_EQ(client.ReadAll().size(), 3 * Ok(large).size() + std::string_view(kLast).size());
      });
}

TEST(HttpConnection, HoldsABoundedNumberOfBytesOfAllConnections) {
  std::atomic<int> aborts = 0, begun = 0;
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest* req) {
          if (req->getUrl() == "/last") return res->end("x");
          begun++;
          res->onAborted([&] { aborts++; });
        });
      },
      [&](int port) {
        std::vector<std::unique_ptr<Client>> clients;
        std::string requests;
        for (int i = 0; i < 2000; i++) requests += Get("/held");
        for (int i = 0; i < 60; i++) {
          clients.push_back(std::make_unique<Client>(port));
          clients.back()->SendNow(Get("/") + requests);
        }
        while (begun < 60) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        EXPECT_GT(aborts, 0);
        EXPECT_LT(aborts, 60);
        clients.clear();
        // The closed connections have released their held bytes.
        Client client(port);
        client.Send(Get("/last") + Get("/last", kLast));
        EXPECT_EQ(client.ReadAll(), Ok("x") + Ok("x", kLast));
      });
  EXPECT_EQ(aborts, 60);
}

TEST(HttpConnection, AnswersAHalfClosedClient) {
  Serve(Echo, [](int port) {
    Client client(port);
    client.Send(Get("/a") + Get("/b"));
    client.SendFin();
    EXPECT_EQ(client.ReadAll(), Ok("/a") + Ok("/b"));
  });
}

TEST(HttpConnection, TellsThatTheClientSendsNoMore) {
  int ends = 0, aborts = 0;
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest*) {
          res->onAborted([&] { aborts++; });
          res->onPeerEnd([&, res] {
            ends++;
            res->close();
          });
        });
      },
      [&](int port) {
        Client client(port);
        client.Send(Get("/"));
        client.SendFin();
        EXPECT_EQ(client.ReadAll(), "");
      });
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(aborts, 1);
}

TEST(HttpConnection, TellsALateHandlerThatTheClientSendsNoMore) {
  int ends = 0, aborts = 0;
  Response* first = nullptr;
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest* req) {
          if (req->getUrl() == "/first") {
            res->onAborted([&] { aborts++; });
            first = res;
            return;
          }
          first->onPeerEnd([&] {
            ends++;
            first->close();
          });
          res->end("x");
        });
      },
      [&](int port) {
        Client client(port);
        client.Send(Get("/first"));
        client.SendFin();
        // Its request comes behind the FIN.
        Client second(port);
        second.Send(Get("/second", kLast));
        EXPECT_EQ(second.ReadAll(), Ok("x", kLast));
        EXPECT_EQ(client.ReadAll(), "");
      });
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(aborts, 1);
}

TEST(HttpConnection, AbortsARequestOnceWhenTheClientLeaves) {
  int aborts = 0, sent = 0, filtered = 0;
  Serve(
      [&](uWS::App& app) {
        app.filter([&](Response*, int change) { filtered += change; });
        app.any("/*", [&](Response* res, uWS::HttpRequest*) {
          res->onAborted([&] { aborts++; });
          res->onSent([&](bool is_sent) { sent += is_sent ? 100 : 1; });
          res->onData([](std::string_view, bool) {});
        });
      },
      [&](int port) {
        {
          Client client(port);
          client.Send(Get("/"));
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          client.Reset();
        }
        {
          Client client(port);
          client.Send(std::string(kChunked) + "1\r\na\r\n");
          client.SendFin();
          EXPECT_EQ(client.ReadAll(), "");
        }
      });
  EXPECT_EQ(aborts, 2);
  EXPECT_EQ(sent, 2);
  EXPECT_EQ(filtered, 0);
}

TEST(HttpConnection, MayBeClosedInEveryHandler) {
  int aborts = 0;
  Serve(
      [&](uWS::App& app) {
        app.refuse([&](Response* res, const uWS::HttpRefusal&) {
          res->onAborted([&] { aborts++; });
          res->close();
        });
        app.any("/*", [&](Response* res, uWS::HttpRequest* req) {
          std::string path(req->getUrl());
          res->onAborted([&] { aborts++; });
          if (path == "/request") {
            res->close();
          } else if (path == "/data") {
            res->onData([res](std::string_view, bool) { res->close(); });
          } else if (path == "/refused") {
            res->onBodyRefused([res](const uWS::HttpRefusal&) { res->close(); });
          } else if (path == "/sent") {
            res->onSent([res](bool is_sent) {
              if (is_sent) res->close();
            });
            res->end("x");
          } else {
            res->write("x");
            res->onWritable([res](uintmax_t) {
              res->close();
              return true;
            });
            res->write(std::string(8 << 20, 'x'));
          }
        });
      },
      [&](int port) {
        auto ask = [port](const std::string& bytes) {
          Client client(port);
          client.Send(bytes + Get("/request"));
          return client.ReadAll();
        };
        EXPECT_EQ(ask("? ?\r\n"), "");
        ask(Get("/request", "Content-Length: 1\r\n") + "a");
        ask(Get("/data", "Content-Length: 1\r\n") + "a");
        ask(Get("/refused", "Transfer-Encoding: chunked\r\n") + "x\r\n");
        EXPECT_EQ(ask(Get("/sent")).substr(0, 15), "HTTP/1.1 200 OK");
        ask(Get("/writable"));
      });
  EXPECT_EQ(aborts, 5);
}

TEST(HttpConnection, IsClosedByAHandlerThatDoesNothing) {
  Serve([](uWS::App& app) { app.any("/*", [](Response*, uWS::HttpRequest*) {}); },
        [](int port) {
          Client client(port);
          client.Send(Get("/"));
          EXPECT_EQ(client.ReadAll().find("HTTP"), std::string::npos);
        });
}

TEST(HttpConnection, RefusesAfterTheResponsesBefore) {
  Serve(
      [](uWS::App& app) {
        Echo(app);
        app.refuse([](Response* res, const uWS::HttpRefusal& refusal) {
          res->writeStatus(std::to_string(refusal.status) + " X")->end(refusal.reason);
        });
      },
      [](int port) {
        Client client(port);
        client.Send(Get("/a") + Get("/b", ": c\r\n") + Get("/d"));
        EXPECT_EQ(client.ReadAll(),
                  Ok("/a") + "HTTP/1.1 400 X\r\nConnection: close\r\nContent-Length: 22\r\n\r\n" +
                      "Malformed header field");
      });
}

TEST(HttpConnection, RefusesWithoutAHandler) {
  Serve(Echo, [](int port) {
    for (auto [request, status] : std::vector<std::pair<std::string, std::string>>{
             {"GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
             {"FOO / HTTP/1.1\r\n\r\n", "501 Not Implemented"},
             {"GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"},
             {Get("/", "A: " + std::string(9000, 'x')), "431 Request Header Fields Too Large"},
             {Get("/", "Expect: x\r\n"), "417 Expectation Failed"}}) {
      Client client(port);
      client.Send(request);
      EXPECT_EQ(client.ReadAll(),
                "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
  });
}

TEST(HttpConnection, GetsAnAnswerToAMalformedBody) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest*) {
          res->onAborted([] {});
          res->onData([](std::string_view, bool) {});
          res->onBodyRefused([res](const uWS::HttpRefusal& refusal) {
            res->writeStatus(std::to_string(refusal.status) + " X")->end(refusal.reason);
          });
        });
      },
      [](int port) {
        Client client(port);
        client.Send(std::string(kChunked) + "1\r\na\r\nx\r\n" + Get("/"));
        EXPECT_EQ(
            client.ReadAll(),
            "HTTP/1.1 400 X\r\nConnection: close\r\nContent-Length: 15\r\n\r\nMalformed chunk");
      });
}

TEST(HttpConnection, AnswersARequestWhoseBodyIsMalformedAndNotAwaited) {
  Serve(Echo, [](int port) {
    Client client(port);
    client.Send(std::string(kChunked) + "x\r\n" + Get("/"));
    EXPECT_EQ(client.ReadAll(), Ok("/", kLast));
  });
}

TEST(HttpConnection, GetsTheResponseThoughItSendsMore) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest*) {
          res->writeStatus("413 X")->end("too large", true);
        });
      },
      [](int port) {
        Client client(port);
        client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        client.Send(std::string(1 << 20, 'x'));
        client.Send(std::string(1 << 20, 'x'));
        client.SendFin();
        EXPECT_EQ(client.ReadAll(),
                  "HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large");
      });
}

TEST(HttpConnection, GetsTheLastResponseThoughItSendsMoreRequests) {
  Serve(Echo, [](int port) {
    for (const char* path : {"/now", "/later"}) {
      Client client(port);
      client.Send(Get(path, kLast) + Get("/more"));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      for (int i = 0; i < 100; i++) client.Send(Get("/more"));
      client.SendFin();
      EXPECT_EQ(client.ReadAll(), Ok(path, kLast));
    }
  });
}

TEST(HttpConnection, IsUsedAgainBehindASmallBodyThatNobodyReads) {
  Serve(
      [](uWS::App& app) { app.any("/*", [](Response* res, uWS::HttpRequest*) { res->end("x"); }); },
      [](int port) {
        Client client(port);
        client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n");
        EXPECT_EQ(client.ReadTo("x"), Ok("x"));
        client.Send(std::string(70000, 'y') + Get("/", kLast));
        EXPECT_EQ(client.ReadAll(), Ok("x", kLast));
        Client endless(port);
        endless.Send(kChunked);
        EXPECT_EQ(endless.ReadTo("x"), Ok("x"));
        for (int i = 0; i < 100; i++) endless.Send("4000\r\n" + std::string(0x4000, 'y') + "\r\n");
        endless.SendFin();
        EXPECT_EQ(endless.ReadAll(), "");
      });
}

TEST(HttpConnection, IsNotUsedAgainWhenTheBodyWasNotInvited) {
  Serve(
      [](uWS::App& app) { app.any("/*", [](Response* res, uWS::HttpRequest*) { res->end("x"); }); },
      [](int port) {
        Client client(port);
        client.Send(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n" +
            Get("/"));
        EXPECT_EQ(client.ReadAll(), Ok("x", kLast));
      });
}

TEST(HttpConnection, InvitesABody) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest* req) {
          res->onAborted([] {});
          EXPECT_TRUE(req->expectsContinue());
          res->writeContinue();
          res->onData([res](std::string_view data, bool fin) {
            if (fin) res->end(data);
          });
        });
      },
      [](int port) {
        Client client(port);
        client.Send(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        EXPECT_EQ(client.ReadTo("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
        client.Send("hello");
        EXPECT_EQ(client.ReadTo("hello"), Ok("hello"));
      });
}

TEST(HttpConnection, SendsNoBodyWhereNoneBelongs) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest* req) {
          if (req->getUrl() == "/204") res->writeStatus("204 No Content");
          if (req->getUrl() == "/304") res->writeStatus("304 Not Modified");
          if (req->getUrl() == "/chunks") {
            res->write("ab");
            res->end("cd");
          } else if (req->getUrl() == "/length") {
            res->endWithoutBody(3);
          } else {
            res->end("body");
          }
        });
      },
      [](int port) {
        Client client(port);
        std::string head = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
        client.Send(head + "HEAD /chunks HTTP/1.1\r\nHost: h\r\n\r\n" +
                    "HEAD /length HTTP/1.1\r\nHost: h\r\n\r\n" + Get("/204") + Get("/304") +
                    Get("/", kLast));
        EXPECT_EQ(client.ReadAll(),
                  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
                  "HTTP/1.1 204 No Content\r\n\r\n"
                  "HTTP/1.1 304 Not Modified\r\n\r\n" +
                      Ok("body", kLast));
      });
}

TEST(HttpConnection, AnswersHttp10) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest* req) {
          EXPECT_EQ(req->getMinorVersion(), 0U);
          if (req->getUrl() == "/") return res->end("body");
          res->write("ab");
          res->write("cd");
          res->end("ef");
        });
      },
      [](int port) {
        Client client(port);
        client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_EQ(client.ReadTo("body"), Ok("body", "Connection: keep-alive\r\n"));
        client.Send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_EQ(client.ReadAll(), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef");
        Client other(port);
        other.Send("GET / HTTP/1.0\r\n\r\n");
        EXPECT_EQ(other.ReadAll(), Ok("body", kLast));
      });
}

TEST(HttpConnection, ReadsNothingWhilePausedAndGoesOnWriting) {
  std::string received;
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest*) {
          res->onAborted([] {});
          res->pause();
          res->write(std::string(8 << 20, 'x'));
          res->onWritable([&, res](uintmax_t) {
            EXPECT_EQ(received, "");
            res->onWritable([](uintmax_t) { return true; });
            res->resume();
            return true;
          });
          res->onData([&, res](std::string_view data, bool fin) {
            received += data;
            if (fin) res->end("y", true);
          });
        });
      },
      [&](int port) {
        Client client(port);
        client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        client.Send("ab");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        EXPECT_GT(client.ReadAll().size(), size_t{8} << 20);
      });
  EXPECT_EQ(received, "ab");
}

// Writes `data` as the socket takes it.
void Pump(Response* res, std::shared_ptr<std::string> data, size_t total) {
  while (!data->empty()) {
    size_t taken = res->tryWrite(*data, total);
    bool is_blocked = taken < data->size();
    data->erase(0, taken);
    if (is_blocked) {
      res->onWritable([res, data, total](uintmax_t) {
        Pump(res, data, total);
        return true;
      });
      return;
    }
  }
  if (!total) res->end({}, true);
}

TEST(HttpConnection, WritesWhatTheSocketTakes) {
  std::string large;
  for (int i = 0; i < (4 << 20); i++) large += static_cast<char>('a' + i % 23);
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest* req) {
          res->onAborted([] {});
          res->closeAfterResponse();
          Pump(res, std::make_shared<std::string>(large),
               req->getUrl() == "/total" ? large.size() : 0);
        });
      },
      [&](int port) {
        for (const char* path : {"/total", "/chunks"}) {
          Client client(port);
          client.Send(Get(path));
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
          std::string response = client.ReadAll();
          EXPECT_TRUE(response.find(large) != std::string::npos) << path << " " << response.size();
          EXPECT_EQ(response.find("Connection: close"), response.rfind("Connection: close"));
          if (path == std::string_view("/chunks")) {
            EXPECT_EQ(response.substr(response.size() - 7), "\r\n0\r\n\r\n");
          } else {
            EXPECT_EQ(response, Ok(large, kLast));
          }
        }
      });
}

TEST(HttpConnection, KeepsBytesThatDoNotFitTheCorkBuffer) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest*) {
          Later(res, [](Response* r) {
            for (int i = 0; i < 600; i++) r->write(std::string(12000, 'x'));
            r->end("y", true);
          });
        });
      },
      [](int port) {
        Client client(port);
        client.Send(Get("/"));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        EXPECT_EQ(CountOf(client.ReadAll(), std::string(12000, 'x') + "\r\n"), 600U);
      });
}

TEST(HttpConnection, ReadsOnBehindAResponseThatDoesNotFitTheCorkBuffer) {
  Serve(
      [](uWS::App& app) {
        app.any("/*", [](Response* res, uWS::HttpRequest* req) {
          std::string path(req->getUrl());
          if (path == "/later") return Later(res, [](Response* r) { r->end("first"); });
          res->end(std::string(20000, 'x') + path, path == "/last");
        });
      },
      [](int port) {
        Client client(port);
        client.Send(Get("/later") + Get("/a") + Get("/b") + Get("/last") + Get("/c"));
        client.SendFin();
        std::string large(20000, 'x');
        EXPECT_EQ(client.ReadAll(),
                  Ok("first") + Ok(large + "/a") + Ok(large + "/b") + Ok(large + "/last", kLast));
      });
}

TEST(HttpConnection, TellsThatAResponseIsSentBeforeTheNextRequestBegins) {
  std::vector<std::string> order;
  Serve(
      [&](uWS::App& app) {
        app.any("/*", [&](Response* res, uWS::HttpRequest* req) {
          std::string path(req->getUrl());
          order.push_back(path);
          res->onSent(
              [&, path](bool is_sent) { order.push_back(path + (is_sent ? " sent" : " lost")); });
          res->end("x");
        });
      },
      [](int port) {
        Client client(port);
        client.Send(Get("/a") + Get("/b", kLast));
        EXPECT_EQ(client.ReadAll(), Ok("x") + Ok("x", kLast));
      });
  EXPECT_EQ(order, (std::vector<std::string>{"/a", "/a sent", "/b", "/b sent"}));
}

TEST(HttpConnection, EndsAWaitForAHead) {
  Serve(
      [](uWS::App& app) {
        Echo(app);
        app.timeout(uWS::HttpWait::HEAD, 200).timeout(uWS::HttpWait::IDLE, 60000);
      },
      [](int port) {
        Client client(port);
        client.Send(Get("/now"));
        EXPECT_EQ(client.ReadTo("/now"), Ok("/now"));
        // Bytes do not prolong it.
        std::thread sender([&] {
          for (int i = 0; i < 20; i++) {
            client.Send(i == 0 ? "GET / HTTP/1.1\r\nA: " : "x");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
        });
        EXPECT_EQ(client.ReadAll().substr(0, 30), "HTTP/1.1 408 Request Timeout\r\n");
        sender.join();
      });
}

TEST(HttpConnection, EndsAWaitForARequestABodyOrAReader) {
  int refused = 0, aborts = 0, sent = 0;
  Serve(
      [&](uWS::App& app) {
        app.timeout(uWS::HttpWait::IDLE, 50)
            .timeout(uWS::HttpWait::BODY, 50)
            .timeout(uWS::HttpWait::WRITE, 50);
        app.any("/*", [&](Response* res, uWS::HttpRequest* req) {
          res->onAborted([&] { aborts++; });
          res->onSent([&](bool is_sent) { sent += is_sent ? 1 : 100; });
          if (req->getUrl() == "/large") return res->end(std::string(16 << 20, 'x'));
          if (req->getUrl() == "/body") res->onData([](std::string_view, bool) {});
          if (req->getUrl() == "/hook") {
            res->onBodyRefused([&, res](const uWS::HttpRefusal& refusal) {
              refused = refusal.status;
              res->end("late");
            });
          }
        });
      },
      [](int port) {
        Client idle(port);
        EXPECT_EQ(idle.ReadAll(), "");
        Client hook(port);
        hook.Send(Get("/hook", "Content-Length: 5\r\n") + "a");
        EXPECT_EQ(hook.ReadAll(), Ok("late", kLast));
        Client body(port);
        body.Send(Get("/body", "Content-Length: 5\r\n") + "a");
        EXPECT_EQ(body.ReadAll(), "");
        Client reader(port);
        reader.Send(Get("/large"));
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        EXPECT_LT(reader.ReadAll().size(), size_t{16} << 20);
      });
  EXPECT_EQ(refused, 408);
  EXPECT_EQ(aborts, 1);
  EXPECT_EQ(sent, 201);
}

TEST(HttpConnection, HasNoTimeLimitWhileItsRequestIsServed) {
  Serve(
      [](uWS::App& app) {
        app.timeout(uWS::HttpWait::IDLE, 20)
            .timeout(uWS::HttpWait::HEAD, 20)
            .timeout(uWS::HttpWait::BODY, 20);
        app.any("/*", [](Response* res, uWS::HttpRequest*) {
          res->onAborted([] {});
          std::thread([res, loop = uWS::Loop::get()] {
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
            loop->defer([res] { res->cork([res] { res->end("x", true); }); });
          }).detach();
        });
      },
      [](int port) {
        Client client(port);
        client.Send(Post("ab"));
        EXPECT_EQ(client.ReadAll(), Ok("x", kLast));
      });
}

TEST(HttpConnection, ReadsABodyInAnyPieces) {
  Serve(EchoBody, [](int port) {
    Client client(port);
    std::string bytes =
        Post("abc") + kChunked + "1\r\na\r\n2;x\r\nbc\r\n0\r\nT: u\r\n\r\n" + Post("", kLast);
    for (char c : bytes) client.Send(std::string_view(&c, 1));
    EXPECT_EQ(client.ReadAll(), Ok("abc") + Ok("abc") + Ok("", kLast));
  });
}

}  // namespace
