// Any record is written as JSON, the same at once and in pieces, or refused because it is not what
// its format says.
//
// An input is a byte for the shape, one for the size of the pieces, and then, with a | between
// them: topic, key, value, and the names and values of headers. A payload that is missing is null.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/check.h"
#include "json/record_writer.h"
#include "json/reference_json.h"

namespace sluice {
namespace {

using Outcome = RecordWriter::Outcome;

class Input {
 public:
  explicit Input(std::string_view input) : rest_(input) {
    const uint8_t shape = TakeByte();
    shape_ = {static_cast<Format>(shape % 3), (shape & 4) != 0, (shape & 8) != 0};
    piece_size_ = 64u + TakeByte();
    record_.topic = TakeBytes().view();
    record_.partition = piece_size_;
    record_.offset = static_cast<int64_t>(input.size()) << (shape % 56);
    record_.timestamp_ms = static_cast<int64_t>(shape) - 1;
    record_.key = TakeBytes();
    record_.value = TakeBytes();
    while (!rest_.empty()) {
      Header& header = headers_.emplace_back();
      header.name = TakeBytes();
      header.value = TakeBytes();
    }
    record_.headers = headers_.data();
    record_.header_count = headers_.size();
  }

  RecordShape shape() const { return shape_; }
  size_t piece_size() const { return piece_size_; }
  const ConsumedRecord& record() const { return record_; }

  /// Whether the key and the value are what the format says.
  bool IsDecodable() const { return IsDecodable(record_.key) && IsDecodable(record_.value); }

 private:
  bool IsDecodable(Bytes payload) const {
    if (payload.is_null() || shape_.format == Format::kBinary) return true;
    return shape_.format == Format::kString ? ReferenceIsUtf8(payload.view())
                                            : ReferenceMinify(payload.view()).has_value();
  }

  uint8_t TakeByte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    return byte;
  }

  Bytes TakeBytes() {
    if (rest_.empty()) return {};
    const size_t size = std::min(rest_.find('|'), rest_.size());
    copies_.push_back(ExactCopy(rest_.substr(0, size)));
    rest_.remove_prefix(std::min(size + 1, rest_.size()));
    return {copies_.back().get(), size};
  }

  std::string_view rest_;
  RecordShape shape_;
  size_t piece_size_ = 0;
  std::vector<std::unique_ptr<char[]>> copies_;
  std::vector<Header> headers_;
  ConsumedRecord record_;
};

std::optional<std::string> WriteAtOnce(RecordWriter* writer, const Input& input) {
  for (size_t capacity = input.piece_size();; capacity *= 2) {
    const auto out = ExactCopy("", capacity);
    size_t written = 0;
    std::string fault;
    switch (writer->Write(input.record(), out.get(), capacity, &written, &fault)) {
      case Outcome::kWritten:
        return std::string(out.get(), written);
      case Outcome::kUndecodable:
        Check(!fault.empty() && ReferenceIsUtf8(fault), "a fault in UTF-8");
        return std::nullopt;
      case Outcome::kNoRoom:
        break;
    }
  }
}

std::optional<std::string> WriteInPieces(RecordWriter* writer, const Input& input) {
  std::string fault;
  if (writer->Begin(input.record(), &fault) == Outcome::kUndecodable) return std::nullopt;
  std::string text;
  for (bool is_complete = false; !is_complete;) {
    const auto out = ExactCopy("", input.piece_size());
    size_t written = 0;
    is_complete = writer->Continue(out.get(), input.piece_size(), &written);
    Check(is_complete || written == input.piece_size(), "full pieces but for the last");
    text.append(out.get(), written);
  }
  return text;
}

void FuzzOne(std::string_view bytes) {
  const Input input(bytes);
  RecordWriter writer(input.shape());
  const auto text = WriteAtOnce(&writer, input);
  Check(text.has_value() == input.IsDecodable(), "JSON for all that is decodable");
  Check(WriteInPieces(&writer, input) == text, "the same in pieces");
  if (text) Check(ReferenceMinify(*text, 1001) == text, "minified JSON");
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
