// The outputs of RecordWriter: a record goes at once into one chunk, or in pieces into several.
//
// Both have the same functions, and RecordWriter passes the parts of a record in the same order.
#ifndef SLUICE_JSON_RECORD_OUTPUTS_H_
#define SLUICE_JSON_RECORD_OUTPUTS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>

#include "json/base64.h"
#include "json/decimal.h"
#include "json/escape.h"
#include "json/minify.h"
#include "json/tokens.h"

namespace sluice {

/// Writes to a chunk at once, as long as there is room. On the hot path, so all of it is inline.
class ChunkOutput {
 public:
  /// Writes to [out, out + capacity) only.
  ChunkOutput(char* out, size_t capacity) : next_(out), end_(out + capacity) {}

  /// Whether a part had no room; then the bytes written are not a record.
  bool is_full() const { return is_full_; }
  /// The end of the written bytes.
  char* next() const { return next_; }

  /// Writes `text` as it is.
  void Text(std::string_view text) {
    if (!HasRoom(text.size())) return;
    std::memcpy(next_, text.data(), text.size());
    next_ += text.size();
  }

  /// The same.
  void Raw(std::string_view bytes) { Text(bytes); }

  /// Writes `value`, if there is room for any number.
  void Decimal(int64_t value) {
    if (!HasRoom(kMaxDecimalSize)) return;
    next_ = WriteDecimal(value, next_);
  }

  /// Writes `bytes` as base64, without quotes.
  void Base64(std::string_view bytes) {
    if (!HasRoom(base64::EncodedSize(bytes.size()))) return;
    next_ += base64::Encode(bytes.data(), bytes.size(), next_);
  }

  /// Writes `text`, which is UTF-8, escaped and without quotes.
  void Escaped(std::string_view text) {
    const json::Progress done = json::Escape(text, next_, room());
    next_ += done.written;
    if (done.read != text.size()) is_full_ = true;
  }

  /// Writes `text` without its white space. If it is not JSON, as far as there is room to find out,
  /// sets `reason` and returns false.
  bool Json(std::string_view text, json::Tokens* tokens, std::string* reason) {
    if (!HasRoom(text.size())) return true;
    char* end = next_;
    if (!json::MinifyText(text, tokens, &end, reason)) return false;
    next_ = end;
    return true;
  }

 private:
  size_t room() const { return static_cast<size_t>(end_ - next_); }

  // Returns whether `size` bytes have room; if not, the output is full.
  bool HasRoom(size_t size) {
    if (size <= room()) return true;
    is_full_ = true;
    return false;
  }

  char* next_;
  char* const end_;
  bool is_full_ = false;
};

/// Notes the pieces of a record, and writes them later to chunks of any size. It copies the
/// argument of Text(), which is short, and borrows all others. `tokens` are used during the call
/// only.
class PieceOutput {
 public:
  PieceOutput() = default;
  PieceOutput(const PieceOutput&) = delete;
  PieceOutput& operator=(const PieceOutput&) = delete;

  /// The same as ChunkOutput's, with room for all.
  void Text(std::string_view text);
  void Raw(std::string_view bytes);
  void Decimal(int64_t value);
  void Base64(std::string_view bytes);
  void Escaped(std::string_view text);
  bool Json(std::string_view text, json::Tokens* tokens, std::string* reason);

  /// Writes the rest of the record to [out, out + capacity), or as much as has room, and sets
  /// `written`. Returns whether no more is left.
  bool WriteTo(char* out, size_t capacity, size_t* written);

 private:
  enum class Kind : uint8_t { kText, kBase64, kEscaped, kJson };

  struct Piece {
    Kind kind;
    std::string_view rest;  // Not written yet.
  };

  void Add(Kind kind, std::string_view source);
  bool IsEmpty() const { return split_.empty() && pieces_.empty(); }
  // These return how much they wrote, and remove a piece that is written to its end.
  size_t WriteSplit(char* out, size_t capacity);
  size_t WritePiece(char* out, size_t capacity);
  // Writes as much of `piece` as has room without splitting a group or an escape.
  json::Progress Write(const Piece& piece, char* out, size_t capacity);

  std::deque<Piece> pieces_;
  std::deque<std::string> texts_;  // The short texts of pieces of kText.
  json::WhiteSpaceFilter filter_;
  // The rest of a base64 group or an escape for which the output had too little room, and its
  // position.
  std::string_view split_;
  char split_buffer_[8];
};

}  // namespace sluice

#endif  // SLUICE_JSON_RECORD_OUTPUTS_H_
