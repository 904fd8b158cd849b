// What HttpParser.h reports of a connection's bytes, as texts, for bytes in one read or cut into
// several.
#ifndef SLUICE_TEST_UWS_PARSER_EVENTS_H_
#define SLUICE_TEST_UWS_PARSER_EVENTS_H_

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "HttpParser.h"

namespace uws_test {

using Events = std::vector<std::string>;

// The handler of a parser. Data of a body become one event, however many calls they take.
struct Recorder {
  uWS::HttpParser parser;
  Events events;
  int body_calls = 0;
  bool is_ready = true;
  int ready_for = 1 << 30;  // Requests.
  bool stops_at_request = false;
  bool in_body = false;

  bool isReady() { return is_ready && ready_for > 0; }

  void onHeadBegins() { ready_for--; }

  bool onRequest(uWS::HttpRequest* request) {
    std::string text = std::string(request->getCaseSensitiveMethod()) + " " +
                       std::string(request->getFullUrl()) + " 1." +
                       std::to_string(request->getMinorVersion()) + " ";
    for (auto [name, value] : *request)
      text += "[" + std::string(name) + "=" + std::string(value) + "]";
    if (request->shouldClose()) text += " closes";
    if (request->expectsContinue()) text += " continues";
    events.push_back(text);
    in_body = false;
    return !stops_at_request;
  }

  bool onBody(std::string_view data, bool fin) {
    body_calls++;
    if (!data.empty()) {
      if (!in_body) events.emplace_back("body ");
      in_body = true;
      events.back() += data;
    }
    if (fin) events.emplace_back("end");
    return true;
  }

  void onRefusal(const uWS::HttpConsumed& consumed) {
    events.push_back((consumed.inBody ? "body refused " : "refused ") +
                     std::to_string(consumed.refusal->status));
  }
};

// Gives bytes in a memory of their exact size, so that AddressSanitizer sees any access beside
// them.
inline void Read(Recorder& recorder, std::string_view bytes) {
  std::unique_ptr<char[]> copy(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  uWS::HttpConsumed consumed = recorder.parser.consume(copy.get(), bytes.size(), recorder);
  if (consumed.outcome == uWS::HttpConsumed::REFUSED) recorder.onRefusal(consumed);
}

inline Events ReadInSteps(std::string_view bytes, size_t step) {
  Recorder recorder;
  for (size_t at = 0; at < bytes.size(); at += step) Read(recorder, bytes.substr(at, step));
  return recorder.events;
}

inline Events ReadWhole(std::string_view bytes) { return ReadInSteps(bytes, bytes.size()); }

inline Events ReadCut(std::string_view bytes, size_t cut) {
  Recorder recorder;
  Read(recorder, bytes.substr(0, cut));
  Read(recorder, bytes.substr(cut));
  return recorder.events;
}

// The events of the whole bytes; another text for the first cut that gives others.
inline Events ReadAtEveryCut(std::string_view bytes) {
  Events whole = ReadWhole(bytes);
  for (size_t cut = 1; cut < bytes.size(); cut++) {
    Events events = ReadCut(bytes, cut);
    if (events != whole) {
      events.insert(events.begin(), "other events for the cut at " + std::to_string(cut));
      return events;
    }
  }
  for (size_t step = 1; step <= 3; step++) {
    Events events = ReadInSteps(bytes, step);
    if (events != whole) {
      events.insert(events.begin(), "other events in steps of " + std::to_string(step));
      return events;
    }
  }
  return whole;
}

}  // namespace uws_test

#endif  // SLUICE_TEST_UWS_PARSER_EVENTS_H_
