// Any record is written as JSON or as a frame, the same at once and in pieces, or refused because
// it is not what its format says.
//
// An input is a byte for the shape, one for the size of the pieces, and then, with a | between
// them: topic, key, value, and the names and values of headers. A payload that is missing is null.
#include <algorithm>
#include <cstring>
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
    shape_ = {static_cast<Format>(shape % 4), (shape & 8) != 0, (shape & 16) != 0};
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
    if (shape_.format == Format::kSchema) return true;
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

/// The bytes that a frame has for a key or a value of this size, which are taken from it.
Bytes TakeBytes(int32_t size, std::string_view* frame) {
  if (size == -1) return {};
  Check(size >= 0 && static_cast<size_t>(size) <= frame->size(), "a size");
  const Bytes bytes = {frame->data(), static_cast<size_t>(size)};
  frame->remove_prefix(bytes.size);
  return bytes;
}

bool AreSame(Bytes one, Bytes other) {
  return one.is_null() == other.is_null() && one.view() == other.view();
}

/// With null for key and value a frame is JSON, but for the line feed.
void CheckFrame(std::string_view frame, const ConsumedRecord& record) {
  FrameHead head;
  Check(frame.size() > sizeof(head), "a head");
  std::memcpy(&head, frame.data(), sizeof(head));
  frame.remove_prefix(sizeof(head));
  Check(head.partition == record.partition, "the partition");
  Check(head.offset == static_cast<double>(record.offset), "the offset");
  std::string json(TakeBytes(head.begin_size, &frame).view());
  Check(AreSame(TakeBytes(head.key_size, &frame), record.key), "the key");
  Check(AreSame(TakeBytes(head.value_size, &frame), record.value), "the value");
  Check(frame.find('\n') == frame.size() - 1, "a line feed at the end");
  json.append("null,\"value\":null").append(frame.substr(0, frame.size() - 1));
  Check(ReferenceMinify(json) == json, "minified JSON around key and value");
}

void FuzzOne(std::string_view bytes) {
  const Input input(bytes);
  RecordWriter writer(input.shape());
  const auto text = WriteAtOnce(&writer, input);
  Check(text.has_value() == input.IsDecodable(), "JSON for all that is decodable");
  Check(WriteInPieces(&writer, input) == text, "the same in pieces");
  if (!text) return;
  if (input.shape().format == Format::kSchema) {
    CheckFrame(*text, input.record());
  } else {
    Check(ReferenceMinify(*text, 1001) == text, "minified JSON");
  }
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
