// PieceOutput; ChunkOutput is inline.
#include "json/record_outputs.h"

#include <algorithm>

namespace sluice {

void PieceOutput::Text(std::string_view text) { Add(Kind::kText, texts_.emplace_back(text)); }

void PieceOutput::Raw(std::string_view bytes) { Add(Kind::kText, bytes); }

void PieceOutput::Decimal(int64_t value) { Text(std::to_string(value)); }

void PieceOutput::Base64(std::string_view bytes) { Add(Kind::kBase64, bytes); }

void PieceOutput::Escaped(std::string_view text) { Add(Kind::kEscaped, text); }

bool PieceOutput::Json(std::string_view text, json::Tokens* tokens, std::string* reason) {
  char* nowhere = nullptr;
  if (!json::MinifyText(text, tokens, &nowhere, reason)) return false;
  Add(Kind::kJson, text);
  return true;
}

bool PieceOutput::WriteTo(char* out, size_t capacity, size_t* written) {
  size_t size = 0;
  while (!IsEmpty() && size != capacity) {
    size += split_.empty() ? WritePiece(out + size, capacity - size)
                           : WriteSplit(out + size, capacity - size);
  }
  *written = size;
  return IsEmpty();
}

void PieceOutput::Add(Kind kind, std::string_view source) {
  if (!source.empty()) pieces_.push_back({kind, source});
}

size_t PieceOutput::WriteSplit(char* out, size_t capacity) {
  const size_t size = split_.copy(out, capacity);
  split_.remove_prefix(size);
  return size;
}

size_t PieceOutput::WritePiece(char* out, size_t capacity) {
  Piece& piece = pieces_.front();
  json::Progress done = Write(piece, out, capacity);
  if (done.read == 0) {
    done = Write(piece, split_buffer_, sizeof(split_buffer_));
    split_ = {split_buffer_, done.written};
    done.written = 0;
  }
  piece.rest.remove_prefix(done.read);
  if (piece.rest.empty()) pieces_.pop_front();
  return done.written;
}

json::Progress PieceOutput::Write(const Piece& piece, char* out, size_t capacity) {
  switch (piece.kind) {
    case Kind::kText: {
      const size_t size = piece.rest.copy(out, capacity);
      return {size, size};
    }
    case Kind::kBase64: {
      const size_t size = std::min(piece.rest.size(), capacity / 4 * 3);
      return {size, base64::Encode(piece.rest.data(), size, out)};
    }
    case Kind::kEscaped:
      return json::Escape(piece.rest, out, capacity);
    case Kind::kJson:
      return filter_.Filter(piece.rest, out, capacity);
  }
  __builtin_unreachable();
}

}  // namespace sluice
