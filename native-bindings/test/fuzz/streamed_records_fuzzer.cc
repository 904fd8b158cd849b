// Fuzzes json/object_splitter.h and json/streamed_records.h. The first two bytes choose the cuts,
// the others are the body of a stream. Its objects are the same in one piece, in several pieces,
// and byte by byte. Each record is the same in a run and by itself, and is what its types say. The
// same text as the body of a batch is refused or accepted.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/check.h"
#include "json/object_splitter.h"
#include "json/reference_json.h"
#include "json/streamed_records.h"

namespace sluice {
namespace {

using Found = json::ObjectSplitter::Found;

constexpr size_t kLongestMessage = 1000;

/// The objects of a text, and what has ended the search for them.
struct Split {
  std::vector<TextSpan> spans;
  Found last = Found::kNothing;
  size_t end = 0;
  bool is_within = false;
};

bool operator==(const Split& left, const Split& right) {
  if (left.spans.size() != right.spans.size()) return false;
  for (size_t i = 0; i < left.spans.size(); ++i) {
    if (left.spans[i].begin != right.spans[i].begin) return false;
    if (left.spans[i].end != right.spans[i].end) return false;
  }
  return left.last == right.last && left.end == right.end && left.is_within == right.is_within;
}

/// Cuts the text into pieces of `next_size()` bytes, each in memory of its own.
template <typename NextSize>
Split SplitInPieces(std::string_view text, NextSize next_size) {
  json::ObjectSplitter splitter;
  Split split;
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const std::string_view piece = text.substr(at, next_size());
    const auto copy = ExactCopy(piece);
    for (size_t passed = 0;;) {
      const bool was_within = splitter.is_within();
      const auto step = splitter.Next({copy.get() + passed, piece.size() - passed});
      Check(step.begin <= step.end && step.end <= piece.size() - passed, "places in the piece");
      if (!was_within) begin = at + passed + step.begin;
      passed += step.end;
      split.end = at + passed;
      if (step.found == Found::kNothing) break;
      split.last = step.found;
      if (step.found != Found::kNoObject) {
        split.spans.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(split.end)});
      }
      if (step.found != Found::kObject) return split;
    }
    at += piece.size();
  }
  split.last = Found::kNothing;
  split.is_within = splitter.is_within();
  return split;
}

/// What a parser makes of a text, as texts that can be compared, checked on the way.
class Trial {
 public:
  Trial(std::string_view text, char filler)
      : size_(text.size()), buffer_(ExactCopy(text, ProduceRequestParser::kPadding, filler)) {}

  /// Parses as a stream does. Returns an outcome for each record, and last the fault, if any.
  std::vector<std::string> ParseRun(const std::vector<TextSpan>& spans) {
    std::string fault;
    const bool is_json = Parser().Parse(buffer_.get(), size_, spans, &records_, &fault);
    std::vector<std::string> outcomes = Outcomes();
    Check(outcomes.size() <= spans.size(), "no record without an object");
    Check(!is_json || outcomes.size() == spans.size(), "a record for each object");
    if (!is_json) outcomes.push_back("fault: " + Checked(fault));
    return outcomes;
  }

  std::vector<std::string> ParseBatch() {
    RecordRefusal fault;
    const bool is_accepted = Parser().ParseBatch(buffer_.get(), size_, &records_, &fault);
    if (!is_accepted) return {std::to_string(fault.code) + Checked(fault.message)};
    Check(records_.ids.size() == records_.records.size(), "an id for each entry");
    return Outcomes();
  }

 private:
  /// It keeps its buffers, so that what one text leaves there meets the next one.
  static StreamedRecordParser& Parser() {
    static StreamedRecordParser parser;
    return parser;
  }

  std::vector<std::string> Outcomes() {
    const ProduceRequest& request = records_.request;
    Check(request.records.size() == records_.records.size(), "the same number of both");
    std::vector<std::string> outcomes;
    size_t next_header = 0;
    size_t refused = 0;
    for (size_t i = 0; i < records_.records.size(); ++i) {
      const StreamedRecord& record = records_.records[i];
      const ProduceRecord& produced = request.records[i];
      Check(record.text_size <= size_, "a size within the text");
      Check(produced.first_header == next_header, "headers without gaps");
      next_header += produced.header_count;
      if (!record.is_accepted()) {
        Check(record.refusal == static_cast<int32_t>(refused++), "refusals in their order");
        Check(produced.key.is_null() && produced.value.is_null(), "nothing of a refused record");
        Check(produced.header_count == 0, "no header of a refused record");
      }
      outcomes.push_back(record.is_accepted() ? Accepted(record, produced) : Refused(record));
      outcomes.back() += "," + std::to_string(record.text_size);
    }
    Check(records_.refusals.size() == refused, "no refusal too many");
    Check(request.headers.size() == next_header, "no header too many");
    return outcomes;
  }

  std::string Refused(const StreamedRecord& record) {
    const RecordRefusal& refusal = records_.refusals[static_cast<size_t>(record.refusal)];
    Check(refusal.code == 400 || refusal.code == 422 || refusal.code == 40402, "its code");
    Check(ReferenceIsUtf8(refusal.name), "a name in UTF-8");
    return "refused: " + std::to_string(refusal.code) + Checked(refusal.message) + refusal.name;
  }

  std::string Accepted(const StreamedRecord& record, const ProduceRecord& produced) {
    Check(produced.partition >= kAnyPartition, "a partition");
    Check(produced.timestamp_ms >= kNoTimestamp, "a timestamp");
    std::string outcome =
        std::to_string(produced.partition) + "," + std::to_string(produced.timestamp_ms);
    outcome += Part(record.key, produced.key) + Part(record.value, produced.value);
    for (size_t i = 0; i < produced.header_count; ++i) {
      const Header& header = records_.request.headers[produced.first_header + i];
      Check(!header.name.is_null() && ReferenceIsUtf8(header.name.view()), "the name of a header");
      Check(header.name.view().find('\0') == std::string_view::npos, "a name without NUL");
      outcome += Inside(header.name) + Inside(header.value);
    }
    return outcome;
  }

  std::string Part(const StreamedPart& part, Bytes bytes) {
    if (part.type == DataType::kAbsent) Check(bytes.is_null(), "nothing when it is absent");
    Check(part.size == (bytes.is_null() ? -1 : static_cast<int32_t>(bytes.size)), "its size");
    std::string outcome = "|" + std::to_string(static_cast<int>(part.type)) + Inside(bytes);
    if (part.type == DataType::kSchema) {
      Check(part.spec < records_.specs.size(), "a schema");
      const std::string& spec = records_.specs[part.spec];
      Check(ReferenceMinify(spec).has_value(), "the JSON of a schema");
      outcome += spec;
    }
    if (bytes.is_null()) return outcome;
    if (part.type == DataType::kString) Check(ReferenceIsUtf8(bytes.view()), "UTF-8");
    if (part.type == DataType::kJson || part.type == DataType::kSchema) {
      Check(ReferenceMinify(bytes.view()) == bytes.view(), "minified JSON");
      Check(bytes.view() != "null", "null for null");
    }
    return outcome;
  }

  std::string Inside(Bytes bytes) {
    if (bytes.is_null()) return "-";
    Check(bytes.data >= buffer_.get() && bytes.data + bytes.size <= buffer_.get() + size_,
          "bytes inside the text");
    return "'" + std::string(bytes.view()) + "'";
  }

  static std::string Checked(const std::string& message) {
    Check(ReferenceIsUtf8(message), "a message in UTF-8");
    Check(!message.empty() && message.size() < kLongestMessage, "a short message");
    return message;
  }

  const size_t size_;
  const std::unique_ptr<char[]> buffer_;
  StreamedRecords records_;
};

/// What a parser makes of records, one by one, up to the first that is no JSON.
std::vector<std::string> ParseAlone(std::string_view text, const std::vector<TextSpan>& spans) {
  std::vector<std::string> outcomes;
  for (const TextSpan& span : spans) {
    const std::string_view object = text.substr(span.begin, span.size());
    const auto alone = Trial(object, '"').ParseRun({{0, span.size()}});
    outcomes.insert(outcomes.end(), alone.begin(), alone.end());
    const bool is_json = ReferenceMinify(object).has_value();
    const bool is_fault = alone.back().rfind("fault", 0) == 0;
    Check(is_json != is_fault, "a fault where there is no JSON, and nowhere else");
    if (is_fault) break;
  }
  return outcomes;
}

void FuzzOne(uint16_t seed, std::string_view text) {
  const Split whole = SplitInPieces(text, [&] { return text.size(); });
  Check(SplitInPieces(text, [] { return size_t{1}; }) == whole, "the same objects byte by byte");
  const Split cut = SplitInPieces(text, [&] {
    seed = static_cast<uint16_t>(seed * 25173 + 13849);
    return size_t{1} + (seed >> 8) % (seed % 5 == 0 ? 200u : 7u);
  });
  Check(cut == whole, "the same objects at any cut");
  const auto run = Trial(text, '\0').ParseRun(whole.spans);
  Check(Trial(text, '"').ParseRun(whole.spans) == run, "no look at the padding");
  Check(ParseAlone(text, whole.spans) == run, "the same records in a run and alone");
  Check(Trial(text, '\0').ParseBatch() == Trial(text, '}').ParseBatch(), "no look at the padding");
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto seed = static_cast<uint16_t>(data[0] | data[1] << 8);
  sluice::FuzzOne(seed, {reinterpret_cast<const char*>(data) + 2, size - 2});
  return 0;
}
