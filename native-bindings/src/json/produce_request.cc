// The grammar of produce bodies, walked once. Decoded values overwrite their own texts,
// which the walk has passed by then.
//
// The first fault ends the walk: a body is accepted whole or not at all.
#include "json/produce_request.h"

#include <charconv>
#include <cstring>

#include "json/base64.h"
#include "json/escape.h"
#include "json/fault.h"
#include "json/minify.h"
#include "json/nesting.h"
#include "json/produce_refusals.h"
#include "json/tokens.h"

namespace sluice {
namespace {

// The containers around a key or a value: the body, its records, the record.
constexpr size_t kDepthOfRecord = 3;

// Compares with a literal, whose size the compiler then knows.
template <size_t kSize>
bool Is(std::string_view name, const char (&literal)[kSize]) {
  return name.size() == kSize - 1 && std::memcmp(name.data(), literal, kSize - 1) == 0;
}

// One walk over one body. Each Read… passes one value, or sets the fault and returns false.
class BodyReader {
 public:
  BodyReader(Format format, char* body, json::Cursor cursor, const ProduceLimits& limits,
             ProduceRequest* request, ProduceFault* fault)
      : format_(format),
        body_(body),
        cursor_(cursor),
        limits_(limits),
        request_(*request),
        refuse_(fault) {}

  bool ReadBody() {
    if (cursor_.AtEnd()) return refuse_.Value("", "found an empty body, expected an object");
    const bool is_null = AcceptNull();
    if (!is_null && !ReadObject([&](std::string_view name) { return ReadBodyMember(name); }))
      return false;
    if (!cursor_.AtEnd()) return refuse_.Syntax(cursor_.Expected("the end of the body"));
    if (is_null) return refuse_.Value("", "found null, expected an object");
    return !request_.records.empty() ||
           refuse_.Value("records", "found no record, expected at least one");
  }

 private:
  bool ReadBodyMember(std::string_view name) {
    if (Is(name, "records")) return ReadRecords();
    if (Is(name, "key_schema")) return ReadSchema("key_schema", &request_.key_schema);
    if (Is(name, "value_schema")) return ReadSchema("value_schema", &request_.value_schema);
    if (Is(name, "key_schema_id")) return ReadSchemaId("key_schema_id", &request_.key_schema);
    if (Is(name, "value_schema_id")) {
      return ReadSchemaId("value_schema_id", &request_.value_schema);
    }
    return refuse_.Name(name,
                        "records, key_schema, key_schema_id, value_schema or value_schema_id");
  }

  bool ReadRecords() {
    if (has_records_) {
      return refuse_.Type("records", "found twice, expected once");
    }
    has_records_ = true;
    if (AcceptNull()) return true;
    const bool is_read = ReadArray("records", [&](size_t index) {
      refuse_.EnterRecord(index);
      return ReadRecord();
    });
    refuse_.LeaveRecords();
    return is_read;
  }

  bool ReadRecord() {
    if (request_.records.size() == limits_.max_records) return refuse_.Count(limits_.max_records);
    ProduceRecord& record = request_.records.emplace_back();
    record.first_header = request_.headers.size();
    return ReadObject([&](std::string_view name) {
      if (Is(name, "value")) return ReadPayload("value", &record.value);
      if (Is(name, "key")) return ReadPayload("key", &record.key);
      if (Is(name, "partition")) return ReadPartition(&record.partition);
      if (Is(name, "headers")) return ReadHeaders(&record);
      if (Is(name, "timestamp")) return ReadTimestamp(&record.timestamp_ms);
      return refuse_.Name(name, "key, value, partition, headers or timestamp");
    });
  }

  bool ReadPayload(std::string_view member, Bytes* payload) {
    if (AcceptNull()) {
      *payload = {};
      return true;
    }
    switch (format_) {
      case Format::kBinary:
        return ReadBase64(member, payload);
      case Format::kString:
        return ReadText(member, "a string or null", payload);
      case Format::kJson:
      case Format::kSchema:
        return ReadJson(payload);
    }
    __builtin_unreachable();
  }

  bool ReadBase64(std::string_view member, Bytes* bytes) {
    if (cursor_.Peek() != '"') return RefuseNotText(member);
    const std::string_view token = cursor_.Token();
    const std::string_view text = Content(token);
    char* const out = Writable(text.data());
    // Decoding in place destroys the text that a message shows, so that an excerpt is copied. A
    // token has two characters at least, so this ends in the padding at the latest.
    char head[json::kMaxExcerptSize + 1];
    static_assert(sizeof(head) <= ProduceRequestParser::kPadding + 2);
    std::memcpy(head, token.data(), sizeof(head));
    size_t size = text.size();
    if (cursor_.HasBackslash(token)) {
      std::string reason;
      if (!cursor_.CheckEscapes(token, &reason)) return refuse_.Syntax(reason);
      size = json::Unescape(text, out);
    }
    const bool is_text = size != json::kLoneSurrogate;
    if (is_text) size = base64::Decode(out, size, out);
    if (!is_text || size == base64::kInvalid) {
      std::memcpy(out - 1, head, sizeof(head));
      return refuse_.Base64(member, token, "a valid base64 string");
    }
    cursor_.Skip();
    *bytes = {out, size};
    return true;
  }

  bool ReadText(std::string_view member, std::string_view expected, Bytes* bytes) {
    if (cursor_.Peek() != '"') return refuse_.Type(member, cursor_.Expected(expected));
    const std::string_view token = cursor_.Token();
    const std::string_view text = Content(token);
    *bytes = {text.data(), text.size()};
    if (cursor_.HasBackslash(token)) {
      std::string reason;
      if (!cursor_.CheckEscapes(token, &reason)) return refuse_.Syntax(reason);
      bytes->size = json::Unescape(text, Writable(text.data()));
      if (bytes->size == json::kLoneSurrogate) return RefuseHalfPair(member);
    }
    cursor_.Skip();
    return true;
  }

  bool ReadJson(Bytes* value) {
    char* const begin = Writable(cursor_.place());
    char* end = begin;
    std::string reason;
    if (!json::Minify(&cursor_, json::kMaxDepth - kDepthOfRecord, &end, &reason)) {
      return refuse_.Syntax(reason);
    }
    *value = {begin, static_cast<size_t>(end - begin)};
    return true;
  }

  bool ReadPartition(int32_t* partition) {
    *partition = kAnyPartition;
    if (AcceptNull()) return true;
    if (!ReadInt32("partition", partition)) return false;
    return *partition >= 0 || RefuseBelow("partition", *partition, 0);
  }

  bool ReadTimestamp(int64_t* timestamp_ms) {
    *timestamp_ms = kNoTimestamp;
    if (AcceptNull()) return true;
    if (cursor_.AtEnd() || !ParseInteger(cursor_.Token(), timestamp_ms)) {
      return refuse_.Type("timestamp", cursor_.Expected("an integer of at most 64 bits or null"));
    }
    cursor_.Skip();
    return *timestamp_ms >= 1 || RefuseBelow("timestamp", *timestamp_ms, 1);
  }

  bool ReadHeaders(ProduceRecord* record) {
    // The last of several members with this name counts.
    request_.headers.resize(record->first_header);
    record->header_count = 0;
    if (AcceptNull()) return true;
    const bool is_read = ReadArray("headers", [&](size_t index) {
      refuse_.EnterHeader(index);
      return ReadHeader();
    });
    refuse_.LeaveHeaders();
    record->header_count = static_cast<uint32_t>(request_.headers.size() - record->first_header);
    return is_read;
  }

  bool ReadHeader() {
    Header& header = request_.headers.emplace_back();
    const bool is_read = ReadObject([&](std::string_view name) {
      if (Is(name, "name")) return ReadHeaderName(&header.name);
      if (Is(name, "value")) return ReadHeaderValue(&header.value);
      return refuse_.Name(name, "name or value");
    });
    if (!is_read) return false;
    return !header.name.is_null() || refuse_.Value("name", "found nothing, expected a string");
  }

  bool ReadHeaderName(Bytes* name) {
    if (!ReadText("name", "a string", name)) return false;
    return name->view().find('\0') == std::string_view::npos ||
           refuse_.Value("name", "found a NUL character, which header names cannot contain");
  }

  bool ReadHeaderValue(Bytes* value) {
    *value = {};
    return AcceptNull() || ReadBase64("value", value);
  }

  bool ReadSchema(std::string_view member, SchemaMembers* schema) {
    if (format_ != Format::kSchema) return IgnoreText(member);
    schema->text = {};
    if (AcceptNull()) return true;
    if (!ReadText(member, "a string or null", &schema->text)) return false;
    if (schema->text.size > limits_.max_schema_bytes) {
      return refuse_.SchemaSize(member, schema->text.size, limits_.max_schema_bytes);
    }
    return !json::NestsDeeperThan(schema->text.view(), json::kMaxDepth) ||
           refuse_.SchemaDepth(member, json::kMaxDepth);
  }

  bool ReadSchemaId(std::string_view member, SchemaMembers* schema) {
    int32_t id = 0;
    const bool is_null = AcceptNull();
    if (!is_null && !ReadInt32(member, &id)) return false;
    if (format_ == Format::kSchema) schema->id = is_null ? std::nullopt : std::optional(id);
    return true;
  }

  bool IgnoreText(std::string_view member) {
    if (AcceptNull()) return true;
    if (cursor_.Peek() != '"') return refuse_.Type(member, cursor_.Expected("a string or null"));
    std::string reason;
    if (!cursor_.CheckEscapes(cursor_.Token(), &reason)) return refuse_.Syntax(reason);
    cursor_.Skip();
    return true;
  }

  // Reads an integer, which may stand in quotes as in Confluent's proxy.
  bool ReadInt32(std::string_view member, int32_t* number) {
    std::string_view token = cursor_.AtEnd() ? std::string_view() : cursor_.Token();
    if (cursor_.Peek() == '"') token = Content(token);
    if (!ParseInteger(token, number)) {
      return refuse_.Type(
          member, cursor_.Expected("an integer of at most 32 bits, in quotes or not, or null"));
    }
    cursor_.Skip();
    return true;
  }

  template <typename Integer>
  static bool ParseInteger(std::string_view token, Integer* number) {
    const char* const end = token.data() + token.size();
    const auto [last, error] = std::from_chars(token.data(), end, *number);
    return json::IsNumber(token) && last == end && error == std::errc();
  }

  // Reads an object; `read_member(name)` reads the value of each member.
  template <typename ReadMember>
  bool ReadObject(ReadMember read_member) {
    if (!cursor_.Accept('{')) return refuse_.Type("", cursor_.Expected("an object"));
    if (cursor_.Accept('}')) return true;
    do {
      std::string_view name;
      if (!ReadName(&name) || !read_member(name)) return false;
    } while (cursor_.Accept(','));
    return cursor_.Accept('}') || refuse_.Syntax(cursor_.Expected("',' or '}'"));
  }

  // Reads the array that is the value of `member`; `read_element(index)` reads each element.
  template <typename ReadElement>
  bool ReadArray(std::string_view member, ReadElement read_element) {
    if (!cursor_.Accept('[')) return refuse_.Type(member, cursor_.Expected("an array"));
    if (cursor_.Accept(']')) return true;
    size_t index = 0;
    do {
      if (!read_element(index++)) return false;
    } while (cursor_.Accept(','));
    return cursor_.Accept(']') || refuse_.Syntax(cursor_.Expected("',' or ']'"));
  }

  bool ReadName(std::string_view* name) {
    Bytes text;
    if (cursor_.Peek() != '"') return refuse_.Syntax(cursor_.Expected("a member name in quotes"));
    if (!ReadText("", "", &text)) return false;
    *name = text.view();
    return cursor_.Accept(':') || refuse_.Syntax(cursor_.Expected("':'"));
  }

  bool AcceptNull() {
    if (cursor_.Peek() != 'n' || cursor_.Token() != "null") return false;
    cursor_.Skip();
    return true;
  }

  // A string token without its quotes.
  static std::string_view Content(std::string_view token) {
    return token.substr(1, token.size() - 2);
  }

  char* Writable(const char* place) { return body_ + (place - body_); }

  bool RefuseHalfPair(std::string_view member) {
    return refuse_.Type(member, "found an unpaired surrogate, which UTF-8 cannot encode");
  }

  bool RefuseBelow(std::string_view member, int64_t found, int64_t min) {
    return refuse_.Value(
        member, "found " + std::to_string(found) + ", expected at least " + std::to_string(min));
  }

  bool RefuseNotText(std::string_view member) {
    Bytes value;
    if (!ReadJson(&value)) return false;
    return refuse_.Base64(member, value.view(), "a base64 string");
  }

  const Format format_;
  char* const body_;
  json::Cursor cursor_;
  const ProduceLimits limits_;
  ProduceRequest& request_;
  ProduceRefusals refuse_;
  bool has_records_ = false;
};

}  // namespace

ProduceRequestParser::ProduceRequestParser() : tokens_(std::make_unique<json::Tokens>()) {}
ProduceRequestParser::~ProduceRequestParser() = default;

bool ProduceRequestParser::Parse(Format format, char* body, size_t size,
                                 const ProduceLimits& limits, ProduceRequest* request,
                                 ProduceFault* fault) {
  request->clear();
  json::Cursor cursor;
  std::string reason;
  bool accepted = false;
  if (tokens_->Find({body, size}, &cursor, &reason)) {
    accepted = BodyReader(format, body, cursor, limits, request, fault).ReadBody();
  } else {
    ProduceRefusals(fault).Syntax(reason);
  }
  tokens_->Trim();
  if (!accepted) request->clear();
  return accepted;
}

}  // namespace sluice
