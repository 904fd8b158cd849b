// Tests of uws/overlay/uWebSockets/HttpParser.h. Each case is read at every one of its cuts.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "parser_events.h"

namespace {

using uws_test::Events;
using uws_test::ReadAtEveryCut;
using uws_test::ReadWhole;
using uws_test::Recorder;

std::string Get(std::string_view fields) {
  return "GET /a HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

std::string Chunked(std::string_view chunks) {
  return "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}

constexpr char kHead[] = "GET /a 1.1 [host=h]";
constexpr char kChunkedHead[] = "POST /p 1.1 [host=h][transfer-encoding=chunked]";

TEST(HttpParser, ReadsARequestAtEveryCut) {
  EXPECT_EQ(ReadAtEveryCut(
                "POST /t?a=b HTTP/1.1\r\nHost: h:80\r\nContent-Length: 5\r\nX-Y: z\r\n\r\nhello"),
            (Events{"POST /t?a=b 1.1 [host=h:80][content-length=5][x-y=z]", "body hello", "end"}));
}

TEST(HttpParser, ReadsPipelinedRequestsInOrder) {
  EXPECT_EQ(ReadAtEveryCut(Get("Content-Length: 2\r\n") + "ab" + Get("") +
                           Chunked("1\r\nx\r\n0\r\n\r\n")),
            (Events{"GET /a 1.1 [host=h][content-length=2]", "body ab", "end", kHead, "end",
                    kChunkedHead, "body x", "end"}));
}

TEST(HttpParser, SkipsFewEmptyLinesBeforeARequestLine) {
  EXPECT_EQ(ReadAtEveryCut("\r\n" + Get("") + "\r\n\r\n\r\n\r\n" + Get("")),
            (Events{kHead, "end", kHead, "end"}));
  EXPECT_EQ(ReadAtEveryCut("\r\n\r\n\r\n\r\n\r\n" + Get("")), (Events{"refused 400"}));
  EXPECT_EQ(ReadAtEveryCut("\n" + Get("")), (Events{"refused 400"}));
  EXPECT_EQ(ReadAtEveryCut("\r" + Get("")), (Events{"refused 400"}));
}

TEST(HttpParser, ReadsFieldNamesOfAllTokenBytes) {
  EXPECT_EQ(ReadAtEveryCut(Get("A!#$%&'*+-.^_`|~9: v\r\n")),
            (Events{"GET /a 1.1 [host=h][a!#$%&'*+-.^_`|~9=v]", "end"}));
}

TEST(HttpParser, TrimsSpacesAndTabsButKeepsOtherBytesOfAValue) {
  EXPECT_EQ(ReadAtEveryCut(Get("A: \t \xa0 v\xc3\xa9 \xff \t\r\nB:\r\nC: \t\r\n")),
            (Events{"GET /a 1.1 [host=h][a=\xa0 v\xc3\xa9 \xff][b=][c=]", "end"}));
}

TEST(HttpParser, RefusesMalformedFields) {
  for (const char* field : {": b\r\n", "A b: c\r\n", "A : c\r\n", " A: c\r\n", "A\r\n",
                            "A: b\r\n c\r\n", "A: b\r\n\tc\r\n", "A: b\nC: d\r\n", "A: b\rC: d\r\n",
                            "A: \x01\r\n", "A: \x7f\r\n", "\xc3\xa9: b\r\n", "A\t: b\r\n",
                            "A(: b\r\n", "A;: b\r\n", "\"A\": b\r\n", "A\x00: b\r\n"}) {
    EXPECT_EQ(ReadAtEveryCut(Get(field)), (Events{"refused 400"})) << field;
  }
  EXPECT_EQ(ReadAtEveryCut(Get(std::string("A: b\0c\r\n", 8))), (Events{"refused 400"}));
  EXPECT_EQ(ReadAtEveryCut(Get(std::string("A\0: b\r\n", 7))), (Events{"refused 400"}));
}

TEST(HttpParser, RefusesMalformedRequestLines) {
  for (const char* line : {"GET  /a HTTP/1.1",
                           "GET /a  HTTP/1.1",
                           "GET /a HTTP/1.1 ",
                           " GET /a HTTP/1.1",
                           "GET\t/a HTTP/1.1",
                           "GET /a",
                           "GET /a\tHTTP/1.1",
                           "GET /a http/1.1",
                           "GET /a HTTP/11",
                           "GET /a HTTP/1.x",
                           "GET /a HTTP",
                           "GET /a RTSP/1.0",
                           "SOURCE /a ICE/1.0",
                           "GET /a#b HTTP/1.1",
                           "GET a HTTP/1.1",
                           "GET * HTTP/1.1",
                           "GET /a\x01 HTTP/1.1",
                           "GET ftp://h/ HTTP/1.1",
                           "GET http:///a HTTP/1.1",
                           "GET http://u@h/ HTTP/1.1",
                           "GET http://h:x/ HTTP/1.1",
                           "CONNECT / HTTP/1.1",
                           "\x16\x03\x01\x02",
                           "GET /a HTTP/1.1\nA: b",
                           "GET /a HTTP/1.1\rA: b"}) {
    EXPECT_EQ(ReadAtEveryCut(std::string(line) + "\r\nHost: h\r\n\r\n"), (Events{"refused 400"}))
        << line;
  }
}

TEST(HttpParser, RefusesOtherVersionsWith505) {
  for (const char* version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"}) {
    EXPECT_EQ(ReadAtEveryCut("GET /a " + std::string(version) + "\r\nHost: h\r\n\r\n"),
              (Events{"refused 505"}))
        << version;
  }
  EXPECT_EQ(ReadAtEveryCut("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), (Events{"refused 505"}));
}

TEST(HttpParser, RefusesUnknownMethodsWith501) {
  for (const char* method : {"get", "GE", "GETS", "FOO", "X-Y", "DESCRIBE", "TEARDOWN", "FLUSH"}) {
    EXPECT_EQ(ReadAtEveryCut(std::string(method) + " /a HTTP/1.1\r\nHost: h\r\n\r\n"),
              (Events{"refused 501"}))
        << method;
  }
}

TEST(HttpParser, ReadsTheFourFormsOfATarget) {
  EXPECT_EQ(ReadAtEveryCut("GET HTTP://g:81/x?y HTTP/1.1\r\nHost: h\r\n\r\n"),
            (Events{"GET /x?y 1.1 [host=g:81]", "end"}));
  EXPECT_EQ(ReadAtEveryCut("GET https://g HTTP/1.1\r\nHost: h\r\n\r\n"),
            (Events{"GET / 1.1 [host=g]", "end"}));
  EXPECT_EQ(ReadAtEveryCut("GET http://g?a=b HTTP/1.1\r\nHost: h\r\n\r\n"),
            (Events{"GET /?a=b 1.1 [host=g]", "end"}));
  EXPECT_EQ(ReadAtEveryCut("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"),
            (Events{"OPTIONS * 1.1 [host=h]", "end"}));
  EXPECT_EQ(ReadAtEveryCut("OPTIONS http://g HTTP/1.1\r\nHost: h\r\n\r\n"),
            (Events{"OPTIONS * 1.1 [host=g]", "end"}));
  EXPECT_EQ(ReadAtEveryCut("CONNECT g:443 HTTP/1.1\r\nHost: g\r\n\r\n" + Get("")),
            (Events{"CONNECT g:443 1.1 [host=g] closes", "end"}));
}

TEST(HttpParser, RequiresOneValidHost) {
  EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.1\r\n\r\n"), (Events{"refused 400"}));
  EXPECT_EQ(ReadAtEveryCut(Get("Host: h\r\n")), (Events{"refused 400"}));
  for (const char* host : {"a b", "a,b c", "a/b", "u@h", "h:x", "h:1:2", "[::1", "[]", "[::1]x",
                           "\xe9", "a\\b", "a?b", "a#b", "%zz", "a%4", "a%", "^"}) {
    EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"),
              (Events{"refused 400"}))
        << host;
  }
  for (const char* host :
       {"", "h", "h:", "h:80", "1.2.3.4", "[::1]", "[::1]:80", "a_b.c~d", "%41"}) {
    EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"),
              (Events{"GET /a 1.1 [host=" + std::string(host) + "]", "end"}));
  }
}

TEST(HttpParser, ReadsHttp10) {
  EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.0\r\n\r\n" + Get("")),
            (Events{"GET /a 1.0  closes", "end"}));
  EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + Get("")),
            (Events{"GET /a 1.0 [connection=Keep-Alive]", "end", kHead, "end"}));
  EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"),
            (Events{"GET /a 1.0 [connection=keep-alive, close] closes", "end"}));
  EXPECT_EQ(ReadAtEveryCut("POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (Events{"refused 400"}));
}

TEST(HttpParser, ReadsOnBehindFieldsThatOnlyLookLikeConnection) {
  EXPECT_EQ(ReadAtEveryCut(Get("Proxy-Connection: close\r\n") + Get("")),
            (Events{"GET /a 1.1 [host=h][proxy-connection=close]", "end", kHead, "end"}));
  EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n"),
            (Events{"GET /a 1.0 [proxy-connection=keep-alive] closes", "end"}));
  EXPECT_EQ(ReadAtEveryCut(Chunked("0\r\nConnection: close\r\n\r\n") + Get("")),
            (Events{kChunkedHead, "end", kHead, "end"}));
}

TEST(HttpParser, HoldsMalformedEmptyLinesLikeARequest) {
  for (std::string bytes : {"\n", "\r\r", "\r\n\r\n\r\n\r\n\r\n"}) {
    Recorder recorder;
    recorder.is_ready = false;
    uWS::HttpConsumed held = recorder.parser.consume(bytes.data(), bytes.size(), recorder);
    EXPECT_EQ(held.outcome, uWS::HttpConsumed::HELD);
    recorder.is_ready = true;
    uWS::HttpConsumed refused =
        recorder.parser.consume(bytes.data() + held.bytes, bytes.size() - held.bytes, recorder);
    EXPECT_EQ(refused.outcome, uWS::HttpConsumed::REFUSED);
  }
}

TEST(HttpParser, DropsWhatFollowsTheLastRequest) {
  EXPECT_EQ(ReadAtEveryCut(Get("Connection: , close ,\r\n")),
            (Events{"GET /a 1.1 [host=h][connection=, close ,] closes", "end"}));

  EXPECT_EQ(ReadAtEveryCut(Get("Connection: x, Close\r\n") + Get("")),
            (Events{"GET /a 1.1 [host=h][connection=x, Close] closes", "end"}));
}

TEST(HttpParser, ReadsAnUpgradeAsAnOrdinaryRequest) {
  EXPECT_EQ(
      ReadAtEveryCut(Get("Connection: Upgrade\r\nUpgrade: websocket\r\n") + Get("")),
      (Events{"GET /a 1.1 [host=h][connection=Upgrade][upgrade=websocket]", "end", kHead, "end"}));
}

TEST(HttpParser, RefusesAmbiguousFraming) {
  for (const char* fields : {"Content-Length: 1\r\nContent-Length: 1\r\n",
                             "Content-Length: 1\r\nContent-Length: 2\r\n",
                             "Content-Length: 1, 1\r\n",
                             "Content-Length: +1\r\n",
                             "Content-Length: -1\r\n",
                             "Content-Length: 0x1\r\n",
                             "Content-Length: 1 1\r\n",
                             "Content-Length:\r\n",
                             "Content-Length: 1\xa0\r\n",
                             "Content-Length: \xa0\x31\r\n",
                             "Content-Length: 18446744073709551616\r\n",
                             "Content-Length: a\r\n",
                             "Content-Length: 1.0\r\n",
                             "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
                             "Transfer-Encoding: gzip\r\n",
                             "Transfer-Encoding: identity\r\n",
                             "Transfer-Encoding:\r\n",
                             "Transfer-Encoding: chunked, gzip\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                             "Transfer-Encoding: xchunked\r\n",
                             "Transfer-Encoding: chunked;a=b\r\n",
                             "Transfer-Encoding: \"chunked\"\r\n",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                             "Transfer-Encoding: \xa0"
                             "chunked\r\n"}) {
    EXPECT_EQ(ReadAtEveryCut(Get(fields) + "0\r\n\r\n"), (Events{"refused 400"})) << fields;
  }
  for (const char* coding :
       {"gzip, chunked", "chunked, chunked", ", chunked", "identity, chunked"}) {
    Events events =
        ReadAtEveryCut(Get("Transfer-Encoding: " + std::string(coding) + "\r\n") + "0\r\n\r\n");
    EXPECT_TRUE(events == (Events{"refused 501"}) || events == (Events{"refused 400"})) << coding;
  }
  EXPECT_EQ(ReadAtEveryCut(Get("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n"),
            (Events{"refused 501"}));
}

TEST(HttpParser, ReadsChunksAndDropsExtensionsAndTrailers) {
  EXPECT_EQ(
      ReadAtEveryCut(
          Chunked(
              "5\r\nhello\r\n00a;x=y;z=\"a;b\\\"c\"\r\n0123456789\r\n0;q\r\nA: b\r\nC: d\r\n\r\n") +
          Get("")),
      (Events{kChunkedHead, "body hello0123456789", "end", kHead, "end"}));
  EXPECT_EQ(ReadAtEveryCut(Get("Transfer-Encoding: Chunked \r\n") + "A\r\n0123456789\r\n0\r\n\r\n"),
            (Events{"GET /a 1.1 [host=h][transfer-encoding=Chunked]", "body 0123456789", "end"}));
}

TEST(HttpParser, RefusesMalformedChunks) {
  for (const char* chunks : {"\r\n",
                             "g\r\n",
                             "1\nx\r\n0\r\n\r\n",
                             "1\r\nx\n0\r\n\r\n",
                             "1\rx\r\n",
                             "1\r\nxy\r\n",
                             "1\r\nx0\r\n\r\n",
                             "1 \r\nx\r\n",
                             " 1\r\nx\r\n",
                             "0x1\r\nx\r\n",
                             "+1\r\nx\r\n",
                             "-1\r\nx\r\n",
                             ":\r\n",
                             "@\r\n",
                             "1;\r\r\n",
                             "1;a\nx\r\n",
                             "11111111111111111\r\n",
                             ";a\r\n",
                             "1;a=\"b\r\nx\r\n",
                             "0\r\nA b: c\r\n\r\n",
                             "0\r\n : c\r\n\r\n",
                             "0\r\nA: b\n\r\n",
                             "0\r\n\n",
                             "0\n\r\n"}) {
    Events events = ReadAtEveryCut(Chunked(chunks));
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.front(), kChunkedHead);
    EXPECT_EQ(events.back(), "body refused 400") << chunks;
  }
}

TEST(HttpParser, GivesTheDataBeforeAMalformedChunk) {
  EXPECT_EQ(ReadAtEveryCut(Chunked("2\r\nab\r\nx\r\n")),
            (Events{kChunkedHead, "body ab", "body refused 400"}));
}

TEST(HttpParser, GivesTheChunksOfOneReadInOneCall) {
  std::string chunks;
  std::string data;
  for (int i = 0; i < 1000; i++) {
    chunks += std::string("1\r\n") + static_cast<char>('a' + i % 26) + "\r\n";
    data += static_cast<char>('a' + i % 26);
  }
  uws_test::Recorder recorder;
  std::string bytes = Chunked(chunks);
  uws_test::Read(recorder, bytes);
  EXPECT_EQ(recorder.body_calls, 1);
  EXPECT_EQ(recorder.events, (Events{kChunkedHead, "body " + data}));
}

TEST(HttpParser, LimitsExtensionsAndTrailers) {
  std::string long_text(uWS::MAX_HEAD_BYTES, 'x');
  EXPECT_EQ(ReadWhole(Chunked("1;" + long_text + "=y\r\na\r\n0\r\n\r\n")).back(),
            "body refused 400");
  EXPECT_EQ(ReadWhole(Chunked("0\r\nA: " + long_text + "\r\n\r\n")).back(), "body refused 431");
  std::string signed_chunks;
  for (size_t at = 0; at < 2 * uWS::MAX_HEAD_BYTES; at += 100)
    signed_chunks += "1;" + std::string(100, 's') + "\r\nx\r\n";
  EXPECT_EQ(ReadWhole(Chunked(signed_chunks + "0\r\n\r\n")).back(), "end");
  std::string many;
  for (int i = 0; i <= UWS_HTTP_MAX_HEADERS_COUNT; i++) many += "A: b\r\n";
  EXPECT_EQ(ReadWhole(Chunked("0\r\n" + many + "\r\n")).back(), "body refused 431");
}

TEST(HttpParser, LimitsTheBytesOfAHeadWhateverTheCuts) {
  std::string filled = Get("A: \r\n");
  std::string head = Get("A: " + std::string(uWS::MAX_HEAD_BYTES - filled.length(), 'x') + "\r\n");
  ASSERT_EQ(head.length(), uWS::MAX_HEAD_BYTES);
  std::string larger =
      Get("A: " + std::string(uWS::MAX_HEAD_BYTES - filled.length() + 1, 'x') + "\r\n");
  for (size_t step :
       {size_t{1}, size_t{7}, size_t{1000}, size_t{4095}, size_t{4096}, size_t{100000}}) {
    EXPECT_EQ(uws_test::ReadInSteps("\r\n" + head + "\r\n" + head, step).size(), 4U) << step;
    EXPECT_EQ(uws_test::ReadInSteps(larger + Get(""), step), (Events{"refused 431"})) << step;
  }
}

TEST(HttpParser, LimitsTheNumberOfFields) {
  std::string most;
  for (int i = 1; i < UWS_HTTP_MAX_HEADERS_COUNT; i++) most += "A:b\r\n";
  EXPECT_EQ(ReadAtEveryCut(Get(most)).size(), 2U);
  EXPECT_EQ(ReadAtEveryCut(Get(most + "A:b\r\n")), (Events{"refused 431"}));
}

TEST(HttpParser, KnowsOneExpectation) {
  EXPECT_EQ(ReadAtEveryCut(Get("Expect: 100-Continue\r\n")),
            (Events{"GET /a 1.1 [host=h][expect=100-Continue] continues", "end"}));
  for (const char* value :
       {"", "200-ok", "100-continue, x", "100-continue\r\nExpect: 100-continue"}) {
    EXPECT_EQ(ReadAtEveryCut(Get("Expect: " + std::string(value) + "\r\n")),
              (Events{"refused 417"}))
        << value;
  }
  EXPECT_EQ(ReadAtEveryCut("GET /a HTTP/1.0\r\nExpect: x\r\n\r\n"),
            (Events{"GET /a 1.0 [expect=x] closes", "end"}));
}

TEST(HttpParser, HoldsARequestUntilTheHandlerIsReady) {
  uws_test::Recorder recorder;
  recorder.is_ready = false;
  std::string bytes = Get("") + "\r\n" + Get("");
  std::string first = bytes;
  uWS::HttpConsumed consumed = recorder.parser.consume(first.data(), first.length(), recorder);
  EXPECT_EQ(consumed.outcome, uWS::HttpConsumed::HELD);
  EXPECT_EQ(consumed.bytes, 0U);
  recorder.is_ready = true;
  recorder.ready_for = 1;
  consumed = recorder.parser.consume(first.data(), first.length(), recorder);
  EXPECT_EQ(consumed.outcome, uWS::HttpConsumed::HELD);
  EXPECT_EQ(consumed.bytes, Get("").length() + 2);
  EXPECT_EQ(recorder.events, (Events{kHead, "end"}));
}

TEST(HttpParser, StopsWhenTheHandlerSaysSo) {
  uws_test::Recorder recorder;
  recorder.stops_at_request = true;
  std::string bytes = Get("") + Get("");
  EXPECT_EQ(recorder.parser.consume(bytes.data(), bytes.length(), recorder).outcome,
            uWS::HttpConsumed::STOPPED);
  EXPECT_EQ(recorder.events, (Events{kHead}));
}

TEST(HttpParser, KnowsWhetherARefusedRequestIsAHead) {
  uws_test::Recorder recorder;
  std::string bytes = "HEAD / HTTP/1.1\r\n: x\r\n\r\n";
  EXPECT_EQ(recorder.parser.consume(bytes.data(), bytes.length(), recorder).outcome,
            uWS::HttpConsumed::REFUSED);
  EXPECT_TRUE(recorder.parser.isHeadMethod());
}

}  // namespace
