// Consumed records to the JSON of a records response.
#ifndef SLUICE_JSON_RECORD_WRITER_H_
#define SLUICE_JSON_RECORD_WRITER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "record.h"

namespace sluice {

class PieceOutput;

/// The options of one read.
struct RecordShape {
  Format format = Format::kBinary;
  bool headers = false;    ///< Adds `"headers":[{"name":…,"value":…},…]`.
  bool timestamp = false;  ///< Adds `"timestamp":…` (null when there is none).
};

/// The head of a frame: little-endian numbers, without gaps. The head is
/// followed by the JSON of the record up to its key (`{"topic":"t","key":`), the bytes of the key,
/// the bytes of the value, the JSON from the value to the end (`,"partition":0,"offset":7}`), a
/// line feed. Known to src/serde/records/frames.ts.
struct FrameHead {
  int32_t begin_size;  ///< The size of the JSON up to the key.
  int32_t key_size;    ///< -1 when the key is null.
  int32_t value_size;  ///< -1 when the value is null.
  int32_t partition;
  double offset;
};
static_assert(sizeof(FrameHead) == 24);

/// Writes records as JSON objects, without the array around them; in Format::kSchema as frames. One
/// per consumer instance, used by one thread at a time.
class RecordWriter {
 public:
  enum class Outcome {
    kWritten,
    /// Nothing was written; try again with more room. That is a little more than the record takes:
    /// JSON counts with its white space, and a number with all the digits it could have.
    kNoRoom,
    kUndecodable,  ///< The key or the value is not what `format` says; nothing was written.
  };

  explicit RecordWriter(RecordShape shape);
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  /// Writes `record` whole to [out, out + capacity) and sets `written`. Scribbles over no more than
  /// that range. With kUndecodable, `fault` says which of key and value is wrong, where and how
  /// (`value is not JSON: …`); topic, partition and offset are for the caller to add.
  Outcome Write(const ConsumedRecord& record, char* out, size_t capacity, size_t* written,
                std::string* fault);

  /// For a record that no chunk has room for: checks it (kWritten or kUndecodable) and prepares to
  /// write it piece by piece with Continue(). `record`'s bytes must stay until the last piece.
  Outcome Begin(const ConsumedRecord& record, std::string* fault);

  /// Writes the next piece and sets `written`; fills `out` unless the record ends before. Returns
  /// whether the record is complete. `capacity` is at least 64.
  bool Continue(char* out, size_t capacity, size_t* written);

 private:
  class Layout;
  std::unique_ptr<Layout> layout_;
  std::unique_ptr<PieceOutput> pieces_;  // Of the record that Begin() was given.
};

}  // namespace sluice

#endif  // SLUICE_JSON_RECORD_WRITER_H_
