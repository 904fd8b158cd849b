// A record is walked once for its grammar, with its texts as they are. Keys, values and headers are
// decoded behind that: the type of data may stand behind the data.
#include "json/streamed_records.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "json/base64.h"
#include "json/escape.h"
#include "json/fault.h"
#include "json/instant.h"
#include "json/minify.h"
#include "json/tokens.h"

namespace sluice {
namespace {

using json::Cursor;
using Kind = RecordRefusal::Kind;

constexpr int32_t kPartitionNotFound = 40402;

// The containers around data: the record, and its key or value.
constexpr size_t kDepthOfData = 2;

// A string of the text as it stands there.
struct Text {
  std::string_view token;  // With its quotes; null when there is none.
  bool has_backslash = false;

  bool is_given() const { return token.data() != nullptr; }
  std::string_view content() const { return token.substr(1, token.size() - 2); }
};

// The members of `key` or `value`.
struct Data {
  bool is_given = false;
  bool has_data = false;  // And it is not null.
  Cursor data;
  Text type;
  Text subject;
  Text strategy;
  Text schema;
  std::optional<int32_t> id;
  std::optional<int32_t> version;
};

struct HeaderTexts {
  Text name;
  Text value;
};

struct Draft {
  Data key;
  Data value;
  std::vector<HeaderTexts> headers;
  int32_t partition = kAnyPartition;
  int64_t timestamp_ms = kNoTimestamp;
  Text id;
  bool has_wrong_id = false;

  void clear() {
    key = {};
    value = {};
    headers.clear();
    partition = kAnyPartition;
    timestamp_ms = kNoTimestamp;
    id = {};
    has_wrong_id = false;
  }
};

// The names of the fields of a class, as the texts of errors list them.
constexpr std::string_view kNamesOfData =
    "type, subject, subject_name_strategy, schema_id, schema_version, schema or data";

bool IsSchemaType(std::string_view type) {
  return type == "AVRO" || type == "JSONSCHEMA" || type == "PROTOBUF";
}

DataType SchemalessType(std::string_view type) {
  if (type == "BINARY") return DataType::kBinary;
  if (type == "JSON") return DataType::kJson;
  if (type == "STRING") return DataType::kString;
  return DataType::kAbsent;
}

bool IsStrategy(std::string_view name) {
  return name == "TOPIC_NAME" || name == "RECORD_NAME" || name == "TOPIC_RECORD_NAME";
}

// 1 to 80 of [0-9a-zA-Z-_].
bool IsId(std::string_view id) {
  if (id.empty() || id.size() > 80) return false;
  for (const char c : id) {
    const bool is_legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!is_legal) return false;
  }
  return true;
}

// A number may be in quotes, as JSON of Java's programs has it.
std::optional<int32_t> ParseInt32(std::string_view token) {
  if (token.size() > 1 && token.front() == '"') token = token.substr(1, token.size() - 2);
  int32_t number = 0;
  const char* const end = token.data() + token.size();
  const auto [last, error] = std::from_chars(token.data(), end, number);
  if (!json::IsNumber(token) || last != end || error != std::errc()) return std::nullopt;
  return number;
}

// Walks over the text, and decodes what the walk has found. Functions return false at a text that
// is no JSON, and set the fault; what is no record is noted, and the walk goes on.
class Reader {
 public:
  Reader(char* text, Cursor cursor, StreamedRecords* records, std::string* fault)
      : text_(text), cursor_(cursor), records_(*records), fault_(*fault) {}

  bool ReadRecord(bool has_id) {
    static thread_local Draft draft;
    draft.clear();
    draft_ = &draft;
    refusal_.reset();
    const char* const begin = cursor_.place();
    end_ = begin;
    if (!ReadObject("the record",
                    [&](std::string_view name) { return ReadMember(name, has_id); })) {
      return false;
    }
    Finish(static_cast<size_t>(end_ - begin), has_id);
    return true;
  }

  bool ReadBatch(RecordRefusal* refused) {
    const bool is_absent = cursor_.AtEnd() || AcceptNull();
    if (is_absent && cursor_.AtEnd()) {
      *refused = {422, "Request body is empty. Data is required.", Kind::kOther, {}};
      return false;
    }
    std::optional<RecordRefusal> refusal;
    const bool is_read = ReadObject("the body", [&](std::string_view name) {
      if (name != "entries") {
        if (!refusal) refusal = Unknown(name, "expected entries");
        return SkipValue();
      }
      records_.clear();
      if (AcceptNull()) return true;
      if (cursor_.Peek() != '[' && !refusal) {
        refusal = Invalid("entries: found " + Found(cursor_) + ", expected an array");
      }
      if (cursor_.Peek() != '[') return SkipValue();
      return ReadArray("entries", [&] { return ReadRecord(true); });
    });
    if (!is_read || (!cursor_.AtEnd() && !Syntax("the end of the body"))) {
      *refused = Invalid(fault_);
      return false;
    }
    if (!refusal) refusal = std::move(refusal_);  // What is no object has one.
    if (!refusal) return true;
    *refused = std::move(*refusal);
    return false;
  }

 private:
  bool ReadMember(std::string_view name, bool has_id) {
    if (name == "value") return ReadData("value", &draft_->value);
    if (name == "key") return ReadData("key", &draft_->key);
    if (name == "partition_id" || name == "partitionId") return ReadPartition(name);
    if (name == "headers") return ReadHeaders();
    if (name == "timestamp") return ReadTimestamp();
    if (name == "originalSize") return SkipValue();
    if (has_id && name == "id") return ReadId();
    // The words of Confluent's proxy, which a test of it compares.
    return SkipUnknown(
        name,
        "(class io.confluent.kafkarest.entities.v3.AutoValue_ProduceRequest$Builder), not marked "
        "as "
        "ignorable (6 known properties: \"value\", \"originalSize\", \"partitionId\", \"headers\", "
        "\"key\", \"timestamp\")");
  }

  bool ReadData(std::string_view side, Data* data) {
    *data = {};
    if (AcceptNull()) return true;
    data->is_given = true;
    return ReadObject(side, [&](std::string_view name) {
      if (name == "data") return ReadPayload(data);
      if (name == "type") return ReadString(side, name, &data->type);
      if (name == "subject") return ReadString(side, name, &data->subject);
      if (name == "subject_name_strategy") return ReadString(side, name, &data->strategy);
      if (name == "schema") return ReadString(side, name, &data->schema);
      if (name == "schema_id") return ReadNumber(side, name, &data->id);
      if (name == "schema_version") return ReadNumber(side, name, &data->version);
      return SkipUnknown(
          name, std::string("of ").append(side).append(", expected ").append(kNamesOfData));
    });
  }

  bool ReadPayload(Data* data) {
    data->has_data = false;
    if (AcceptNull()) return true;
    data->has_data = true;
    data->data = cursor_;
    return SkipValue();
  }

  bool ReadPartition(std::string_view name) {
    std::optional<int32_t> partition;
    if (!ReadNumber({}, name, &partition)) return false;
    draft_->partition = partition.value_or(kAnyPartition);
    has_negative_partition_ = partition && *partition < 0;
    return true;
  }

  bool ReadTimestamp() {
    draft_->timestamp_ms = kNoTimestamp;
    if (AcceptNull()) return true;
    const Cursor at = cursor_;
    if (!SkipValue()) return false;
    const bool is_text = at.Peek() == '"';
    const bool is_scalar = at.Peek() != '{' && at.Peek() != '[';
    std::string_view text = is_scalar ? at.Token() : std::string_view();
    if (is_text) text = text.substr(1, text.size() - 2);
    if (is_text && text.empty()) return true;
    const auto moment = json::ParseInstant(text);
    if (moment && *moment >= 1) {
      draft_->timestamp_ms = *moment;
    } else {
      Note("timestamp: found " + Found(at) +
           ", expected an ISO 8601 instant or the seconds since 1970, behind its beginning");
    }
    return true;
  }

  bool ReadId() {
    draft_->id = {};
    draft_->has_wrong_id = cursor_.Peek() != '"';
    if (draft_->has_wrong_id) return SkipValue();
    return ReadString({}, "id", &draft_->id);
  }

  bool ReadHeaders() {
    draft_->headers.clear();
    if (AcceptNull()) return true;
    return ReadArray("headers", [&] {
      HeaderTexts header;
      const bool is_read = ReadObject("a header", [&](std::string_view name) {
        if (name == "name") return ReadString("headers", name, &header.name);
        if (name == "value") return ReadString("headers", name, &header.value);
        return SkipUnknown(name, "of headers, expected name or value");
      });
      if (is_read && !header.name.is_given()) Note("headers: a header has no name");
      draft_->headers.push_back(header);
      return is_read;
    });
  }

  // A string, or null for none.
  bool ReadString(std::string_view side, std::string_view member, Text* text) {
    *text = {};
    if (AcceptNull()) return true;
    if (cursor_.Peek() != '"') {
      Note(Place(side, member) + "found " + Found(cursor_) + ", expected a string");
      return SkipValue();
    }
    text->token = cursor_.Token();
    text->has_backslash = cursor_.HasBackslash(text->token);
    if (text->has_backslash && !cursor_.CheckEscapes(text->token, &fault_)) return false;
    cursor_.Skip();
    return true;
  }

  bool ReadNumber(std::string_view side, std::string_view member, std::optional<int32_t>* number) {
    number->reset();
    if (AcceptNull()) return true;
    const bool is_scalar = !cursor_.AtEnd() && cursor_.Peek() != '{' && cursor_.Peek() != '[';
    if (is_scalar) *number = ParseInt32(cursor_.Token());
    if (!*number) {
      Note(Place(side, member) + "found " + Found(cursor_) +
           ", expected an integer of at most 32 bits");
    }
    return SkipValue();
  }

  // Reads an object; `read_member(name)` reads the value of each member.
  template <typename ReadMember>
  bool ReadObject(std::string_view what, ReadMember read_member) {
    if (!cursor_.Accept('{')) {
      Note(std::string(what) + ": found " + Found(cursor_) + ", expected an object");
      return SkipValue();
    }
    if (Pass('}')) return true;
    do {
      std::string name;
      std::string_view shown;
      if (!ReadName(&name, &shown) || !read_member(shown)) return false;
    } while (cursor_.Accept(','));
    return Pass('}') || Syntax("',' or '}'");
  }

  // Reads an array; `read_element()` reads each element.
  template <typename ReadElement>
  bool ReadArray(std::string_view member, ReadElement read_element) {
    if (!cursor_.Accept('[')) {
      Note(std::string(member) + ": found " + Found(cursor_) + ", expected an array");
      return SkipValue();
    }
    if (Pass(']')) return true;
    do {
      if (!read_element()) return false;
    } while (cursor_.Accept(','));
    return Pass(']') || Syntax("',' or ']'");
  }

  // Sets `shown` to the name, in `name` if it has escapes.
  bool ReadName(std::string* name, std::string_view* shown) {
    if (cursor_.Peek() != '"') return Syntax("a member name in quotes");
    const std::string_view token = cursor_.Token();
    *shown = token.substr(1, token.size() - 2);
    if (cursor_.HasBackslash(token)) {
      if (!cursor_.CheckEscapes(token, &fault_)) return false;
      name->resize(shown->size());
      const size_t size = json::Unescape(*shown, name->data());
      if (size != json::kLoneSurrogate) {
        name->resize(size);
        *shown = *name;
      }
    }
    cursor_.Skip();
    return cursor_.Accept(':') || Syntax("':'");
  }

  bool SkipValue() {
    char* nowhere = nullptr;
    return json::Minify(&cursor_, json::kMaxDepth - kDepthOfData, &nowhere, &fault_);
  }

  bool Pass(char closing) {
    if (cursor_.Peek() != closing) return false;
    end_ = cursor_.place() + 1;
    cursor_.Skip();
    return true;
  }

  bool AcceptNull() {
    if (cursor_.Peek() != 'n' || cursor_.Token() != "null") return false;
    cursor_.Skip();
    return true;
  }

  bool Syntax(std::string_view expected) {
    fault_ = cursor_.Expected(expected);
    return false;
  }

  // The current token as a message shows it.
  static std::string Found(const Cursor& cursor) {
    switch (cursor.Peek()) {
      case '{':
        return "an object";
      case '[':
        return "an array";
      case '\0':
        return "nothing";
      default:
        return json::Excerpt(cursor.Token());
    }
  }

  static std::string Place(std::string_view side, std::string_view member) {
    std::string place(side);
    if (!place.empty()) place += '.';
    return place.append(member).append(": ");
  }

  static RecordRefusal Invalid(std::string message) {
    return {400, std::move(message), Kind::kInvalid, {}};
  }

  static RecordRefusal Unknown(std::string_view name, std::string_view rest) {
    std::string shown = json::Excerpt(name);
    std::string message = "Unrecognized field \"" + shown + "\" ";
    return {400, message.append(rest), Kind::kUnknownName, std::move(shown)};
  }

  // The first reason counts.
  void Note(std::string message) {
    if (!refusal_) refusal_ = Invalid(std::move(message));
  }

  void NoteData(std::string message) {
    if (!refusal_) refusal_ = RecordRefusal{400, std::move(message), Kind::kOther, {}};
  }

  bool SkipUnknown(std::string_view name, std::string_view rest) {
    if (!refusal_) refusal_ = Unknown(name, rest);
    return SkipValue();
  }

  // Decodes the draft to the next record.
  void Finish(size_t size, bool has_id) {
    ProduceRequest& request = records_.request;
    const size_t index = records_.records.size();
    StreamedRecord& record = records_.records.emplace_back();
    record.text_size = static_cast<uint32_t>(size);
    ProduceRecord& produced = request.records.emplace_back();
    produced.first_header = request.headers.size();
    if (has_id) FinishId();
    if (!refusal_) Decode("key", draft_->key, &record.key, &produced.key);
    if (!refusal_) Decode("value", draft_->value, &record.value, &produced.value);
    if (!refusal_) DecodeHeaders(&produced);
    if (!refusal_ && has_negative_partition_) {
      refusal_ = RecordRefusal{kPartitionNotFound, "Partition not found.", Kind::kOther, {}};
    }
    has_negative_partition_ = false;
    if (!refusal_) {
      produced.partition = draft_->partition;
      produced.timestamp_ms = draft_->timestamp_ms;
      return;
    }
    request.headers.resize(produced.first_header);
    const size_t first_header = produced.first_header;
    produced = {};
    produced.first_header = first_header;
    record.key = {};
    record.value = {};
    records_.Refuse(index, std::move(*refusal_));
    refusal_.reset();
  }

  void FinishId() {
    const std::string id = draft_->id.is_given() ? Unescaped(draft_->id) : std::string();
    records_.ids.push_back(id);
    if (draft_->has_wrong_id || (draft_->id.is_given() && !IsId(id))) {
      refusal_ =
          RecordRefusal{422, "Batch entry identifier is not a valid string.", Kind::kInvalidId, {}};
    } else if (!draft_->id.is_given()) {
      Note("id: found nothing, expected a string");
    }
  }

  void Decode(std::string_view side, Data& data, StreamedPart* part, Bytes* bytes) {
    if (!data.is_given) return;
    if (!Resolve(side, data, part)) return;
    if (!data.has_data) return;
    switch (part->type) {
      case DataType::kBinary:
        DecodeBinary(data, bytes);
        break;
      case DataType::kString:
        DecodeString(data, bytes);
        break;
      default:
        DecodeJson(data, bytes);
        break;
    }
    part->size = static_cast<int32_t>(bytes->size);
  }

  // Sets the type by the members that describe a schema, which exclude each other.
  bool Resolve(std::string_view side, const Data& data, StreamedPart* part) {
    const auto refuse = [&](std::string_view reason) {
      Note(std::string(side).append(": ").append(reason));
      return false;
    };
    const bool has_schema = data.subject.is_given() || data.strategy.is_given() ||
                            data.schema.is_given() || data.id || data.version;
    if (data.subject.is_given() && data.strategy.is_given()) {
      return refuse("give subject or subject_name_strategy, not both");
    }
    if (data.schema.is_given() + data.id.has_value() + data.version.has_value() > 1) {
      return refuse("give only one of schema_id, schema_version and schema");
    }
    if (data.strategy.is_given() && !IsStrategy(Unescaped(data.strategy))) {
      return refuse("found the subject_name_strategy " + json::Excerpt(data.strategy.token) +
                    ", expected TOPIC_NAME, RECORD_NAME or TOPIC_RECORD_NAME");
    }
    if (!data.type.is_given()) {
      if (data.schema.is_given()) return refuse("a schema needs its type");
    } else {
      const std::string type = Unescaped(data.type);
      part->type = SchemalessType(type);
      if (part->type != DataType::kAbsent) {
        return !has_schema || refuse("the type " + type + " has no schema");
      }
      if (!IsSchemaType(type)) {
        return refuse("found the type " + json::Excerpt(data.type.token) +
                      ", expected BINARY, JSON, STRING, AVRO, JSONSCHEMA or PROTOBUF");
      }
      if (!data.schema.is_given()) {
        return refuse(
            "the type " + type +
            " needs a schema; leave the type out for a schema_id, a schema_version or the "
            "latest version");
      }
    }
    part->type = DataType::kSchema;
    part->spec = SpecOf(side, data);
    return true;
  }

  uint32_t SpecOf(std::string_view side, const Data& data) {
    std::string spec = "{\"part\":\"";
    spec.append(side).append("\"");
    const auto add = [&](std::string_view name, std::string_view json) {
      spec.append(",\"").append(name).append("\":").append(json);
    };
    if (data.type.is_given()) add("type", data.type.token);
    if (data.subject.is_given()) add("subject", data.subject.token);
    if (data.strategy.is_given()) add("subject_name_strategy", data.strategy.token);
    if (data.id) add("schema_id", std::to_string(*data.id));
    if (data.version) add("schema_version", std::to_string(*data.version));
    if (data.schema.is_given()) add("schema", data.schema.token);
    spec += '}';
    const auto next = static_cast<uint32_t>(records_.specs.size());
    // Neighbours mostly have the same, for the key and for the value.
    for (uint32_t i = next; i > 0 && i + 2 > next; --i) {
      if (records_.specs[i - 1] == spec) return i - 1;
    }
    const auto [known, is_new] = records_.spec_indices.try_emplace(spec, next);
    if (is_new) records_.specs.push_back(std::move(spec));
    return known->second;
  }

  void DecodeBinary(Data& data, Bytes* bytes) {
    if (data.data.Peek() != '"') {
      RefuseData(data, "is not a base64 string.");
      return;
    }
    const std::string_view token = data.data.Token();
    char head[json::kMaxExcerptSize + 1];
    const std::string_view kept(head, std::min(token.size(), sizeof(head)));
    std::memcpy(head, token.data(), kept.size());
    if (!DecodeBase64({token, data.data.HasBackslash(token)}, bytes)) {
      NoteData("Bad Request: data=" + json::Excerpt(kept) + " is not a valid base64 string.");
    }
  }

  bool DecodeBase64(const Text& text, Bytes* bytes) {
    const std::string_view content = text.content();
    char* const out = Writable(content.data());
    size_t size = content.size();
    if (text.has_backslash) size = json::Unescape(content, out);
    if (size == json::kLoneSurrogate) return false;
    size = base64::Decode(out, size, out);
    if (size == base64::kInvalid) return false;
    *bytes = {out, size};
    return true;
  }

  void DecodeString(Data& data, Bytes* bytes) {
    if (data.data.Peek() != '"') {
      RefuseData(data, "is not a string.");
      return;
    }
    const std::string_view token = data.data.Token();
    const std::string_view content = token.substr(1, token.size() - 2);
    *bytes = {content.data(), content.size()};
    if (!data.data.HasBackslash(token)) return;
    bytes->size = json::Unescape(content, Writable(content.data()));
    if (bytes->size == json::kLoneSurrogate) {
      *bytes = {};
      NoteData("Bad Request: data has an unpaired surrogate, which UTF-8 cannot encode.");
    }
  }

  void DecodeJson(Data& data, Bytes* bytes) {
    char* const begin = Writable(data.data.place());
    char* end = begin;
    std::string never;
    json::Minify(&data.data, json::kMaxDepth, &end, &never);
    *bytes = {begin, static_cast<size_t>(end - begin)};
  }

  void RefuseData(Data& data, std::string_view what) {
    Bytes json;
    DecodeJson(data, &json);
    NoteData("Bad Request: data=" + json::Excerpt(json.view()) + " " + std::string(what));
  }

  void DecodeHeaders(ProduceRecord* record) {
    ProduceRequest& request = records_.request;
    for (const HeaderTexts& texts : draft_->headers) {
      Header& header = request.headers.emplace_back();
      const std::string_view name = texts.name.content();
      header.name = {name.data(), name.size()};
      if (texts.name.has_backslash) {
        header.name.size = json::Unescape(name, Writable(name.data()));
      }
      if (header.name.size == json::kLoneSurrogate ||
          header.name.view().find('\0') != std::string_view::npos) {
        Note("headers: a name has a NUL or half a character, which names cannot contain");
        return;
      }
      if (texts.value.is_given() && !DecodeBase64(texts.value, &header.value)) {
        Note("headers: the value of \"" + json::Excerpt(header.name.view()) +
             "\" is not a valid base64 string");
        return;
      }
    }
    record->header_count = static_cast<uint32_t>(request.headers.size() - record->first_header);
  }

  // A copy without escapes; half a pair stays as it is written.
  static std::string Unescaped(const Text& text) {
    std::string copy(text.content());
    if (!text.has_backslash) return copy;
    const size_t size = json::Unescape(text.content(), copy.data());
    if (size != json::kLoneSurrogate) copy.resize(size);
    return copy;
  }

  char* Writable(const char* place) { return text_ + (place - text_); }

  char* const text_;
  Cursor cursor_;
  StreamedRecords& records_;
  std::string& fault_;
  Draft* draft_ = nullptr;
  bool has_negative_partition_ = false;
  std::optional<RecordRefusal> refusal_;
  const char* end_ = nullptr;  // Behind the last closing bracket.
};

}  // namespace

void StreamedRecords::clear() {
  request.clear();
  records.clear();
  refusals.clear();
  specs.clear();
  spec_indices.clear();
  ids.clear();
}

void StreamedRecords::Refuse(size_t record, RecordRefusal refusal) {
  records[record].refusal = static_cast<int32_t>(refusals.size());
  refusals.push_back(std::move(refusal));
}

StreamedRecordParser::StreamedRecordParser() : tokens_(std::make_unique<json::Tokens>()) {}
StreamedRecordParser::~StreamedRecordParser() = default;

bool StreamedRecordParser::Parse(char* text, size_t size, const std::vector<TextSpan>& spans,
                                 StreamedRecords* records, std::string* fault) {
  records->clear();
  Cursor cursor;
  std::string of_text;
  size_t parsed = 0;
  if (tokens_->Find({text, size}, &cursor, &of_text)) {
    Reader reader(text, cursor, records, &of_text);
    while (parsed < spans.size() && reader.ReadRecord(false)) ++parsed;
  }
  // The faulty record is found by itself: its message counts bytes from the record's beginning.
  bool is_accepted = true;
  for (; is_accepted && parsed < spans.size(); ++parsed) {
    char* const begin = text + spans[parsed].begin;
    is_accepted = tokens_->Find({begin, spans[parsed].size()}, &cursor, fault) &&
                  Reader(begin, cursor, records, fault).ReadRecord(false);
  }
  tokens_->Trim();
  return is_accepted;
}

bool StreamedRecordParser::ParseBatch(char* text, size_t size, StreamedRecords* records,
                                      RecordRefusal* fault) {
  records->clear();
  Cursor cursor;
  std::string of_text;
  bool is_accepted = false;
  if (tokens_->Find({text, size}, &cursor, &of_text)) {
    is_accepted = Reader(text, cursor, records, &of_text).ReadBatch(fault);
  } else {
    *fault = {400, std::move(of_text), Kind::kInvalid, {}};
  }
  tokens_->Trim();
  return is_accepted;
}

}  // namespace sluice
