// Fuzzes uws/overlay/uWebSockets/HttpParser.h. The first two bytes choose the cuts, the others are
// a connection's bytes. Their events are the same in one read, in several reads, and when each
// request is held until the one before it is answered.
#include <cstdint>
#include <cstdlib>

namespace {

// Small limits, so that short inputs reach them. This initializer comes before that of the header.
[[maybe_unused]] const int kHeadBytes = setenv("UWS_HTTP_MAX_HEADERS_SIZE", "512", 1);

}  // namespace

#define UWS_HTTP_MAX_HEADERS_COUNT 16

#include "check.h"
#include "uws/parser_events.h"

namespace {

using uws_test::Events;
using uws_test::Recorder;

// Of a body with two faults, such as a trailer that is malformed and too large, the cuts decide
// which one is seen.
Events WithoutBodyStatus(Events events) {
  for (std::string& event : events) {
    if (event.rfind("body refused", 0) == 0) event = "body refused";
  }
  return events;
}

Events ReadCut(std::string_view bytes, uint16_t seed) {
  Recorder recorder;
  while (!bytes.empty()) {
    seed = static_cast<uint16_t>(seed * 25173 + 13849);
    size_t length = std::min<size_t>(bytes.size(), 1 + (seed >> 8) % (seed % 5 == 0 ? 200 : 7));
    uws_test::Read(recorder, bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return recorder.events;
}

Events ReadHeld(std::string_view bytes) {
  Recorder recorder;
  std::string rest(bytes);
  while (true) {
    recorder.ready_for = 1;
    uWS::HttpConsumed consumed = recorder.parser.consume(rest.data(), rest.size(), recorder);
    sluice::Check(consumed.bytes <= rest.size(), "no more is used than is given");
    if (consumed.outcome == uWS::HttpConsumed::REFUSED) recorder.onRefusal(consumed);
    if (consumed.outcome != uWS::HttpConsumed::HELD) return recorder.events;
    rest.erase(0, consumed.bytes);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  uint16_t seed = static_cast<uint16_t>(data[0] | data[1] << 8);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  Events whole = WithoutBodyStatus(uws_test::ReadWhole(bytes));
  sluice::Check(WithoutBodyStatus(ReadCut(bytes, seed)) == whole, "the same events at any cut");
  sluice::Check(WithoutBodyStatus(uws_test::ReadInSteps(bytes, 1)) == whole,
                "the same events at any cut");
  sluice::Check(WithoutBodyStatus(ReadHeld(bytes)) == whole,
                "the same events when requests are held");
  return 0;
}
