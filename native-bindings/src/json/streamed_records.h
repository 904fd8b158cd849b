// Records as the v3 API writes them: each an object that says the formats of its key and value.
#ifndef SLUICE_JSON_STREAMED_RECORDS_H_
#define SLUICE_JSON_STREAMED_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/produce_request.h"
#include "record.h"

namespace sluice {

namespace json {
class Tokens;
}

/// The place of an object's text in a buffer.
struct TextSpan {
  uint32_t begin;
  uint32_t end;

  uint32_t size() const { return end - begin; }
};

/// What a record says about its key or its value.
enum class DataType : uint8_t {
  kAbsent = 0,  ///< Nothing: null bytes, and no member in the receipt.
  kBinary,
  kJson,
  kString,
  kSchema,  ///< JSON that TypeScript encodes with the schema of StreamedPart::spec.
};

struct StreamedPart {
  DataType type = DataType::kAbsent;
  /// The size of its bytes; -1 for null.
  int32_t size = -1;
  /// The index into StreamedRecords::specs; with kSchema only.
  uint32_t spec = 0;
};

/// The reason for the refusal of one record.
struct RecordRefusal {
  enum class Kind : uint8_t {
    kInvalid,      ///< Its members do not fit the grammar, or each other.
    kUnknownName,  ///< It has a member with another name, which is `name`.
    kInvalidId,    ///< The id of an entry is none.
    kOther,        ///< Of its data, or of another origin.
  };
  int32_t code = 400;
  std::string message;
  Kind kind = Kind::kInvalid;
  std::string name;
};

/// A record of a stream: in the place of a ProduceRecord it may have a refusal.
struct StreamedRecord {
  static constexpr int32_t kAccepted = -1;
  StreamedPart key;
  StreamedPart value;
  /// The index into StreamedRecords::refusals, or kAccepted.
  int32_t refusal = kAccepted;
  /// The size of its JSON text.
  uint32_t text_size = 0;

  bool is_accepted() const { return refusal == kAccepted; }
};

/// Records that were parsed at once. Their views point into the parsed text.
struct StreamedRecords {
  /// The texts of kSchema data are JSON. A refused record is here, too, and empty.
  ProduceRequest request;
  /// One for each record of the request.
  std::vector<StreamedRecord> records;
  std::vector<RecordRefusal> refusals;
  /// Different descriptions of schemas, each a JSON object with `part` (`key` or `value`), `type`,
  /// `subject`, `subject_name_strategy`, `schema_id`, `schema_version` and `schema`, as far as they
  /// are given.
  std::vector<std::string> specs;
  /// The index of each description.
  std::unordered_map<std::string, uint32_t> spec_indices;
  /// The ids of entries; of a batch only.
  std::vector<std::string> ids;

  void clear();
  void Refuse(size_t record, RecordRefusal refusal);
};

/// Parses records. One per thread: it keeps its buffers.
class StreamedRecordParser {
 public:
  StreamedRecordParser();
  ~StreamedRecordParser();
  StreamedRecordParser(const StreamedRecordParser&) = delete;
  StreamedRecordParser& operator=(const StreamedRecordParser&) = delete;

  /// Parses the objects of `text` at `spans`, which ObjectSplitter has found, and fills `records`,
  /// which is cleared first. Keys, values and headers are decoded in place: the text is
  /// overwritten, and needs ProduceRequestParser::kPadding writable bytes behind it. A record that
  /// is JSON, and not a record by the grammar, gets a refusal, and the next one is parsed. At a
  /// text that is no JSON it stops, returns false, and sets `fault`; the records before it count.
  bool Parse(char* text, size_t size, const std::vector<TextSpan>& spans, StreamedRecords* records,
             std::string* fault);

  /// Parses the body of a batch: `{"entries":[{"id":…,…},…]}`, where an entry is a record with an
  /// id. Returns false, and sets `fault`, at a text that is not that; a missing, null or empty list
  /// is accepted. The refusals of entries are those of Parse(), or kInvalidId.
  bool ParseBatch(char* text, size_t size, StreamedRecords* records, RecordRefusal* fault);

 private:
  std::unique_ptr<json::Tokens> tokens_;
};

}  // namespace sluice

#endif  // SLUICE_JSON_STREAMED_RECORDS_H_
