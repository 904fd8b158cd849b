// How long the hot paths take, in nanoseconds per record, and what the machine can do at best:
// `make bench`. Each figure is the best of many rounds, on one thread, with data in the cache. An
// argument picks the measurements whose names have it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "json/base64.h"
#include "json/base64_kernels.h"
#include "json/delivery_writer.h"
#include "json/produce_request.h"
#include "json/record_writer.h"
#include "json/tokens.h"

namespace sluice {
namespace {

constexpr int kRecords = 100;
constexpr int kValueSize = 100;

// Keeps the compiler from leaving work out whose result nobody looks at.
void Keep(const void* result) { asm volatile("" : : "r"(result) : "memory"); }

std::string wanted;

// Prints the time of one of the `units` of work that a call does.
template <typename Work>
void Measure(const std::string& name, size_t units, Work work) {
  if (name.find(wanted) == name.npos) return;
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 40;
  constexpr int kCalls = 1000;
  double best = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Clock::now();
    for (int call = 0; call < kCalls; ++call) work();
    const std::chrono::duration<double, std::nano> time = Clock::now() - start;
    best = std::min(best, time.count() / kCalls / static_cast<double>(units));
  }
  std::printf("%-58s %8.1f ns\n", name.c_str(), best);
}

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

std::string Base64(const std::string& bytes) {
  std::string text(base64::EncodedSize(bytes.size()), '\0');
  base64::Encode(base64::kKernels[0], bytes.data(), bytes.size(), text.data());
  return text;
}

void MeasureBase64() {
  for (const size_t size : {100, 16384}) {
    const std::string bytes = RandomBytes(size);
    const std::string text = Base64(bytes);
    std::string out(text.size(), '\0');
    const std::string what = " of " + std::to_string(size) + " bytes";
    Measure("memcpy" + what, 1, [&] {
      std::memcpy(out.data(), bytes.data(), size);
      Keep(out.data());
    });
    for (size_t i = 0; i < base64::kKernelCount; ++i) {
      const base64::Kernel& kernel = base64::kKernels[i];
      if (!kernel.is_supported()) continue;
      const std::string suffix = what + ", " + kernel.name;
      Measure("base64 encoding" + suffix, 1, [&] {
        base64::Encode(kernel, bytes.data(), size, out.data());
        Keep(out.data());
      });
      Measure("base64 decoding" + suffix, 1, [&] {
        base64::Decode(kernel, text.data(), text.size(), out.data());
        Keep(out.data());
      });
    }
  }
}

void MeasureProduce(const std::string& name, Format format, const std::string& record) {
  std::string body = "{\"records\":[" + record;
  for (int i = 1; i < kRecords; ++i) body += "," + record;
  body += "]}";
  const size_t size = body.size();
  std::string scratch(size + ProduceRequestParser::kPadding, '\0');
  Measure("body, " + name + ": memcpy", kRecords, [&] {
    std::memcpy(scratch.data(), body.data(), size);
    Keep(scratch.data());
  });
  json::Tokens tokens;
  Measure("body, " + name + ": memcpy and tokens", kRecords, [&] {
    std::memcpy(scratch.data(), body.data(), size);
    json::Cursor cursor;
    std::string fault;
    tokens.Find({scratch.data(), size}, &cursor, &fault);
    Keep(&cursor);
  });
  ProduceRequestParser parser;
  ProduceRequest request;
  ProduceFault fault;
  Measure("body, " + name + ": memcpy and parsing", kRecords, [&] {
    std::memcpy(scratch.data(), body.data(), size);
    if (!parser.Parse(format, scratch.data(), size, {kRecords}, &request, &fault)) {
      std::printf("%s\n", fault.message.c_str());
    }
    Keep(&request);
  });
}

void MeasureWriter(const std::string& name, RecordShape shape, const std::string& value) {
  ConsumedRecord record;
  record.topic = "orders";
  record.partition = 3;
  record.offset = 123456789;
  record.timestamp_ms = 1700000000000;
  record.value = {value.data(), value.size()};
  const Header headers[] = {{{"trace", 5}, {"0123456789abcdef", 16}}};
  record.headers = headers;
  record.header_count = 1;
  RecordWriter writer(shape);
  std::string chunk(kRecords * 1024, '\0');
  std::string fault;
  Measure("record, " + name, kRecords, [&] {
    size_t used = 0;
    for (int i = 0; i < kRecords; ++i) {
      size_t written = 0;
      record.offset++;
      if (writer.Write(record, chunk.data() + used, chunk.size() - used, &written, &fault) !=
          RecordWriter::Outcome::kWritten) {
        std::printf("%s\n", fault.c_str());
      }
      used += written;
    }
    Keep(chunk.data());
  });
}

void MeasureDeliveries() {
  std::vector<Delivery> deliveries(kRecords);
  for (int i = 0; i < kRecords; ++i) {
    deliveries[i].partition = i % 12;
    deliveries[i].offset = 123456789 + i;
  }
  std::string out;
  Measure("delivery", kRecords, [&] {
    out.clear();
    WriteDeliveries(deliveries.data(), deliveries.size(), {}, &out);
    Keep(out.data());
  });
  for (Delivery& delivery : deliveries) {
    delivery.error_code = 50003;
    delivery.error = "Local: Message timed out";
  }
  Measure("delivery, failed", kRecords, [&] {
    out.clear();
    WriteDeliveries(deliveries.data(), deliveries.size(), {}, &out);
    Keep(out.data());
  });
}

void Run(int argument_count, char** arguments) {
  if (argument_count > 1) wanted = arguments[1];
  MeasureBase64();
  const std::string bytes = RandomBytes(kValueSize);
  const std::string compact =
      R"({"id":12345,"name":"Ada Lovelace","tags":["a","b"],"price":19.99,"ok":true,"note":null})";
  const std::string spaced =
      R"({ "id": 12345, "name": "Ada Lovelace", "tags": [ "a", "b" ], "price": 19.99, "ok": true })";
  const std::string text(kValueSize, 'x');
  const auto record = [](const std::string& value) { return "{\"value\":" + value + "}"; };
  MeasureProduce("binary", Format::kBinary, record("\"" + Base64(bytes) + "\""));
  MeasureProduce("json", Format::kJson, record(compact));
  MeasureProduce("json with white space", Format::kJson, record(spaced));
  MeasureProduce("string", Format::kString, record("\"" + text + "\""));
  MeasureWriter("binary", {Format::kBinary}, bytes);
  MeasureWriter("binary with a header and a timestamp", {Format::kBinary, true, true}, bytes);
  MeasureWriter("json", {Format::kJson}, compact);
  MeasureWriter("json with white space", {Format::kJson}, spaced);
  MeasureWriter("string", {Format::kString}, text);
  MeasureDeliveries();
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) { sluice::Run(argc, argv); }
