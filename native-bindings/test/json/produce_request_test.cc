// Produce bodies and what becomes of them: records, written as one line of text, or a fault.
#include "json/produce_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "json/base64.h"
#include "json/each_simdjson.h"
#include "json/json_cases.h"
#include "json/reference_json.h"

namespace sluice {
namespace {

using std::string_literals::operator""s;

constexpr size_t kMaxRecords = 1000;
constexpr size_t kMaxSchemaBytes = 5000;

std::string Render(Bytes bytes) {
  return bytes.is_null() ? "null" : "'" + std::string(bytes.view()) + "'";
}

/// What differs from `{}`, in a fixed order.
std::string Render(const ProduceRecord& record, const std::vector<Header>& headers) {
  std::vector<std::string> parts;
  if (!record.key.is_null()) parts.push_back("key=" + Render(record.key));
  if (!record.value.is_null()) parts.push_back("value=" + Render(record.value));
  if (record.partition != kAnyPartition) {
    parts.push_back("partition=" + std::to_string(record.partition));
  }
  if (record.timestamp_ms != kNoTimestamp) {
    parts.push_back("timestamp=" + std::to_string(record.timestamp_ms));
  }
  for (size_t i = 0; i < record.header_count; ++i) {
    const Header& header = headers[record.first_header + i];
    parts.push_back(std::string(header.name.view()) + "=" + Render(header.value));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " ") + part;
  return "{" + text + "}";
}

std::string Render(const SchemaMembers& schema) {
  if (schema.text.is_null() && !schema.id) return "";
  return "<" + Render(schema.text) + " " + (schema.id ? std::to_string(*schema.id) : "") + ">";
}

class ProduceRequestTest : public EachSimdjson {
 protected:
  /// The records, or the error code and the message. The body has no byte more than it must have,
  /// and what follows it could be taken for a part of it.
  std::string Parse(Format format, std::string_view body,
                    const ProduceLimits& limits = {kMaxRecords, kMaxSchemaBytes}) {
    const size_t size = body.size();
    const size_t room = size + ProduceRequestParser::kPadding;
    buffer_ = std::make_unique<char[]>(room);
    body.copy(buffer_.get(), size);
    std::memset(buffer_.get() + size, '"', ProduceRequestParser::kPadding);
    ProduceFault fault;
    if (!parser_.Parse(format, buffer_.get(), size, limits, &request_, &fault)) {
      EXPECT_TRUE(request_.records.empty() && request_.headers.empty());
      EXPECT_TRUE(ReferenceIsUtf8(fault.message)) << testing::PrintToString(fault.message);
      return std::to_string(fault.error_code) + " " + fault.message;
    }
    std::string records;
    for (const ProduceRecord& record : request_.records) {
      CheckViews(record, size);
      records += Render(record, request_.headers);
    }
    return records;
  }

  std::string Binary(std::string_view body) { return Parse(Format::kBinary, body); }
  std::string Json(std::string_view body) { return Parse(Format::kJson, body); }
  std::string String(std::string_view body) { return Parse(Format::kString, body); }

  /// What a body says of its schemas, before its records.
  std::string Schema(std::string_view body) {
    const std::string records = Parse(Format::kSchema, body);
    return Render(request_.key_schema) + Render(request_.value_schema) + records;
  }

  /// A body with one record that has the given members.
  static std::string Record(std::string_view members) {
    return "{\"records\":[{" + std::string(members) + "}]}";
  }

  const ProduceRequest& request() const { return request_; }

  ProduceRequestParser parser_;

 private:
  void CheckViews(const ProduceRecord& record, size_t size) const {
    std::vector<Bytes> views = {record.key, record.value, request_.key_schema.text,
                                request_.value_schema.text};
    for (size_t i = 0; i < record.header_count; ++i) {
      views.push_back(request_.headers[record.first_header + i].name);
      views.push_back(request_.headers[record.first_header + i].value);
    }
    for (const Bytes& view : views) {
      if (view.is_null()) continue;
      EXPECT_GE(view.data, buffer_.get());
      EXPECT_LE(view.data + view.size, buffer_.get() + size);
    }
  }

  std::unique_ptr<char[]> buffer_;
  ProduceRequest request_;
};

INSTANTIATE_TEST_SUITE_P(Simdjson, ProduceRequestTest, testing::ValuesIn(SupportedSimdjson()),
                         SimdjsonName);

TEST_P(ProduceRequestTest, DecodesBase64) {
  EXPECT_EQ(Binary(R"({"records":[{"value":"QUJD"}]})"), "{value='ABC'}");
  EXPECT_EQ(Binary(R"({"records":[{"key":"QQ==","value":"QUI="},{"value":"QQ"}]})"),
            "{key='A' value='AB'}{value='A'}");
  EXPECT_EQ(Binary(R"({"records":[{"value":""}]})"), "{value=''}");
  EXPECT_EQ(Binary(R"({"records":[{"value":"////"}]})"), "{value='\xFF\xFF\xFF'}");
  EXPECT_EQ(Binary(R"({"records":[{"value":"\/\/\/\/"}]})"), "{value='\xFF\xFF\xFF'}");
  EXPECT_EQ(Binary(R"({"records":[{"value":"\u0051UJ\u0044"}]})"), "{value='ABC'}");
}

TEST_P(ProduceRequestTest, DecodesBase64OfEveryLength) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    std::string text(base64::EncodedSize(size), '\0');
    base64::Encode(bytes.data(), size, text.data());
    EXPECT_EQ(Binary(Record("\"value\":\"" + text + "\"")), "{value='" + bytes + "'}");
    std::string escaped;
    for (const char character : text) {
      if (character == '/') escaped += '\\';
      escaped += character;
    }
    EXPECT_EQ(Binary(Record("\"value\":\"" + escaped + "\"")), "{value='" + bytes + "'}");
  }
}

TEST_P(ProduceRequestTest, TellsNullFromEmptyAndAbsent) {
  for (const Format format : {Format::kBinary, Format::kJson, Format::kString, Format::kSchema}) {
    EXPECT_EQ(Parse(format, R"({"records":[{}]})"), "{}");
    EXPECT_EQ(Parse(format, R"({"records":[{"key":null,"value":null}]})"), "{}");
  }
  EXPECT_EQ(Binary(Record(R"("key":"","value":"")")), "{key='' value=''}");
  EXPECT_EQ(String(Record(R"("key":"","value":"")")), "{key='' value=''}");
  EXPECT_EQ(Json(Record(R"("key":"","value":"")")), "{key='\"\"' value='\"\"'}");
}

TEST_P(ProduceRequestTest, KeepsJsonAsItIs) {
  EXPECT_EQ(Json(Record(R"("value":{"b":1.0,"a":1e3,"b":[]})")),
            R"({value='{"b":1.0,"a":1e3,"b":[]}'})");
  EXPECT_EQ(Json(Record(R"("value":12345678901234567890123)")),
            "{value='12345678901234567890123'}");
  EXPECT_EQ(Json(Record(R"("value":1e400)")), "{value='1e400'}");
  EXPECT_EQ(Json(Record(R"("value":"\ud800\u0041\/")")), R"({value='"\ud800\u0041\/"'})");
  EXPECT_EQ(Json(Record("\"value\":\"\u00E9\u20AC\"")), "{value='\"\u00E9\u20AC\"'}");
  EXPECT_EQ(Json(Record(R"("key":true,"value":false)")), "{key='true' value='false'}");
  EXPECT_EQ(Json(Record(R"("value":[null])")), "{value='[null]'}");
}

TEST_P(ProduceRequestTest, TakesWhiteSpaceOutOfJson) {
  EXPECT_EQ(
      Json(
          " {\n\"records\" : [ {\t\"value\" : { \"a b\" : [ 1 , \" \" ] } , \"key\" : 1 } ] }\r\n"),
      R"({key='1' value='{"a b":[1," "]}'})");
  EXPECT_EQ(Json("{\"records\":[{\"value\": [ ] },{\"value\": { }}, {\"value\" :\n\"x\"\n}]}"),
            R"({value='[]'}{value='{}'}{value='"x"'})");
}

TEST_P(ProduceRequestTest, UnescapesStrings) {
  EXPECT_EQ(String(Record(R"("key":"k","value":"v")")), "{key='k' value='v'}");
  EXPECT_EQ(String(Record(R"("value":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z")")),
            "{value='a\"\\/\b\f\n\r\t\u00E9\U0001F600z'}");
  EXPECT_EQ(String(Record(R"("value":"\u0000")")), "{value='\0'}"s);
  EXPECT_EQ(String(Record("\"value\":\"\u20AC\"")), "{value='\u20AC'}");
  EXPECT_EQ(String(Record(R"("value":"\ud800")")),
            "400 /records/0/value: found an unpaired surrogate, which UTF-8 cannot encode.");
  EXPECT_EQ(String(Record(R"("value":1)")),
            "400 /records/0/value: found '1' at byte 21, expected a string or null.");
  EXPECT_EQ(String(Record(R"("key":{})")),
            "400 /records/0/key: found an object at byte 19, expected a string or null.");
}

TEST_P(ProduceRequestTest, ReadsPartitions) {
  EXPECT_EQ(Binary(Record(R"("partition":0)")), "{partition=0}");
  EXPECT_EQ(Binary(Record(R"("partition":-0)")), "{partition=0}");
  EXPECT_EQ(Binary(Record(R"("partition":2147483647)")), "{partition=2147483647}");
  EXPECT_EQ(Binary(Record(R"("partition":"12")")), "{partition=12}");
  EXPECT_EQ(Binary(Record(R"("partition":null)")), "{}");
  EXPECT_EQ(Binary(Record(R"("partition":-1)")),
            "422 /records/0/partition: found -1, expected at least 0.");
  EXPECT_EQ(Binary(Record(R"("partition":"-5")")),
            "422 /records/0/partition: found -5, expected at least 0.");
  for (const std::string other :
       {"2147483648", "-2147483649", "1.0", "1e2", "0.9", "01", "\"\"", "\"a\"", "\"1 \"", "\"+1\"",
        "true", "\"1\\u0030\"", "\"null\""}) {
    EXPECT_EQ(Binary(Record("\"partition\":" + other)).substr(0, 24), "400 /records/0/partition")
        << other;
  }
  EXPECT_EQ(Binary(Record(R"("partition":2147483648)")),
            "400 /records/0/partition: found '2147483648' at byte 25, expected an integer of at "
            "most 32 bits, in quotes or not, or null.");
}

TEST_P(ProduceRequestTest, ReadsTimestamps) {
  EXPECT_EQ(Binary(Record(R"("timestamp":1700000000000)")), "{timestamp=1700000000000}");
  EXPECT_EQ(Binary(Record(R"("timestamp":1)")), "{timestamp=1}");
  EXPECT_EQ(Binary(Record(R"("timestamp":null)")), "{}");
  EXPECT_EQ(Binary(Record(R"("timestamp":0)")),
            "422 /records/0/timestamp: found 0, expected at least 1.");
  EXPECT_EQ(Binary(Record(R"("timestamp":-1)")),
            "422 /records/0/timestamp: found -1, expected at least 1.");
  EXPECT_EQ(Binary(Record(R"("timestamp":"1")")),
            "400 /records/0/timestamp: found \"1\" at byte 25, expected an integer of at most 64 "
            "bits or null.");
  EXPECT_EQ(Binary(Record(R"("timestamp":9223372036854775808)")).substr(0, 24),
            "400 /records/0/timestamp");
}

TEST_P(ProduceRequestTest, ReadsHeadersInOrder) {
  EXPECT_EQ(Binary(Record(
                R"("headers":[{"name":"b","value":"QQ=="},{"value":null,"name":"a"},{"name":"b"},)"
                R"({"name":"","value":""}])")),
            "{b='A' a=null b=null =''}");
  EXPECT_EQ(String(Record(R"("headers":[{"name":"\u00e9","value":"QUI"}],"value":"v")")),
            "{value='v' \u00E9='AB'}");
  EXPECT_EQ(Json(R"({"records":[{"headers":[{"name":"x","value":"QQ=="}]},{"headers":null},)"
                 R"({"headers":[]},{"headers":[{"name":"y","value":"Qg=="}]}]})"),
            "{x='A'}{}{}{y='B'}");
}

TEST_P(ProduceRequestTest, RefusesOtherHeaders) {
  EXPECT_EQ(Binary(Record(R"("headers":{})")),
            "400 /records/0/headers: found an object at byte 23, expected an array.");
  EXPECT_EQ(Binary(Record(R"("headers":[null])")),
            "400 /records/0/headers/0: found 'null' at byte 24, expected an object.");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":"a"},{"value":""}])")),
            "422 /records/0/headers/1/name: found nothing, expected a string.");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":1}])")),
            "400 /records/0/headers/0/name: found '1' at byte 32, expected a string.");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":null}])")),
            "400 /records/0/headers/0/name: found 'null' at byte 32, expected a string.");
  EXPECT_EQ(
      Binary(Record(R"("headers":[{"name":"a\u0000"}])")),
      "422 /records/0/headers/0/name: found a NUL character, which header names cannot contain.");
  EXPECT_EQ(
      Json(Record(R"("headers":[{"name":"a","value":"?"}])")),
      "400 Bad Request: data=\"?\" is not a valid base64 string. (/records/0/headers/0/value)");
  EXPECT_EQ(String(Record(R"("headers":[{"name":"a","value":[1, 2]}])")),
            "400 Bad Request: data=[1,2] is not a base64 string. (/records/0/headers/0/value)");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":"a","key":1}])")),
            "422 Unrecognized field: key in /records/0/headers/0, expected name or value.");
}

TEST_P(ProduceRequestTest, IgnoresSchemas) {
  EXPECT_EQ(
      Binary(R"({"key_schema":"{}","value_schema":null,"key_schema_id":7,"value_schema_id":null,)"
             R"("records":[{"value":"QQ=="}]})"),
      "{value='A'}");
  EXPECT_EQ(Binary(R"({"value_schema_id":"7","value_schema":"\ud800","records":[{}]})"), "{}");
  EXPECT_EQ(Binary(R"({"key_schema":{},"records":[{}]})"),
            "400 /key_schema: found an object at byte 14, expected a string or null.");
  EXPECT_EQ(
      Binary(R"({"key_schema":"\x","records":[{}]})"),
      "400 Malformed JSON in the body: found '\\x' at byte 15, expected an escape of JSON's.");
  EXPECT_EQ(Binary(R"({"key_schema_id":1.5,"records":[{}]})").substr(0, 18), "400 /key_schema_id");
  EXPECT_EQ(Binary(R"({"value_schema_id":{},"records":[{}]})").substr(0, 20),
            "400 /value_schema_id");
}

TEST_P(ProduceRequestTest, TellsOfSchemasOnlyInFormatsThatHaveSome) {
  const std::string body =
      R"({"key_schema":"a","value_schema_id":1,"records":[{"key":1,"value":[ 2 ]}]})";
  EXPECT_EQ(Schema(body), "<'a' ><null 1>{key='1' value='[2]'}");
  Json(body);
  EXPECT_TRUE(request().key_schema.text.is_null());
  EXPECT_FALSE(request().value_schema.id);
}

TEST_P(ProduceRequestTest, ReadsSchemasBeforeAndBehindTheRecords) {
  EXPECT_EQ(Schema(R"({"records":[{"value":1.0}],"value_schema":"{\"type\":\"int\"}"})"),
            R"(<'{"type":"int"}' >{value='1.0'})");
  EXPECT_EQ(Schema(R"({"value_schema":"\u00e9\n","key_schema":"","records":[{}]})"),
            "<'' ><'\u00E9\n' >{}");
  EXPECT_EQ(Schema(R"({"key_schema_id":"7","key_schema":"x","value_schema_id":-1,"records":[{}]})"),
            "<'x' 7><null -1>{}");
  EXPECT_EQ(Schema(R"({"key_schema":null,"key_schema_id":null,"value_schema":null,)"
                   R"("value_schema_id":null,"records":[{}]})"),
            "{}");
}

TEST_P(ProduceRequestTest, LetsTheLastOfTwoSchemasCount) {
  EXPECT_EQ(Schema(R"({"key_schema":"a","key_schema":"b","records":[{}]})"), "<'b' >{}");
  EXPECT_EQ(Schema(R"({"key_schema":"a","key_schema":null,"records":[{}]})"), "{}");
  EXPECT_EQ(Schema(R"({"key_schema_id":1,"key_schema_id":null,"records":[{}]})"), "{}");
}

TEST_P(ProduceRequestTest, RefusesSchemasAboveTheLimit) {
  const auto body = [](const std::string& name, const std::string& text) {
    return "{\"" + name + "\":\"" + text + "\",\"records\":[{}]}";
  };
  const std::string longest(kMaxSchemaBytes, 'x');
  EXPECT_EQ(Schema(body("value_schema", longest)), "<'" + longest + "' >{}");
  EXPECT_EQ(Schema(body("value_schema", longest + "x")),
            "413 /value_schema: found a schema of 5001 bytes, expected at most "
            "sluice.schema.max.bytes=5000.");
  EXPECT_EQ(Schema(body("key_schema", longest + "x")).substr(0, 15), "413 /key_schema");
  // Escapes count as what they stand for.
  EXPECT_EQ(Schema(body("key_schema", longest.substr(1) + "\\u0041")).substr(0, 2), "<'");
  EXPECT_EQ(Json(body("value_schema", longest + "x")), "{}");
}

TEST_P(ProduceRequestTest, RefusesSchemasThatNestTooDeep) {
  const auto body = [](const std::string& text) {
    return "{\"value_schema\":\"" + text + "\",\"records\":[{}]}";
  };
  EXPECT_EQ(Schema(body(std::string(1000, '['))).substr(0, 2), "<'");
  EXPECT_EQ(Schema(body(std::string(1001, '['))),
            "42205 Invalid schema: the brackets of /value_schema nest deeper than 1000.");
  EXPECT_EQ(Schema(body("message A " + std::string(1001, '{'))).substr(0, 5), "42205");
  EXPECT_EQ(Json(body(std::string(1001, '['))), "{}");
}

TEST_P(ProduceRequestTest, RefusesOtherSchemas) {
  EXPECT_EQ(Schema(R"({"value_schema":{"type":"int"},"records":[{}]})"),
            "400 /value_schema: found an object at byte 16, expected a string or null.");
  EXPECT_EQ(Schema(R"({"value_schema":"\ud800","records":[{}]})"),
            "400 /value_schema: found an unpaired surrogate, which UTF-8 cannot encode.");
  EXPECT_EQ(Schema(R"({"key_schema_id":2147483648,"records":[{}]})").substr(0, 18),
            "400 /key_schema_id");
}

TEST_P(ProduceRequestTest, LetsTheLastOfTwoMembersCount) {
  EXPECT_EQ(Binary(Record(R"("value":"QQ==","value":"Qg==")")), "{value='B'}");
  EXPECT_EQ(Binary(Record(R"("value":"QQ==","value":null)")), "{}");
  EXPECT_EQ(Binary(Record(R"("partition":1,"partition":null)")), "{}");
  EXPECT_EQ(Binary(Record(R"("timestamp":1,"timestamp":2)")), "{timestamp=2}");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":"a"},{"name":"b"}],"headers":[{"name":"c"}])")),
            "{c=null}");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":"a"}],"headers":null)")), "{}");
  EXPECT_EQ(Binary(Record(R"("headers":[{"name":"a","name":"b","value":"","value":null}])")),
            "{b=null}");
  EXPECT_EQ(Binary(R"({"records":[{}],"records":[{}]})"),
            "400 /records: found twice, expected once.");
  EXPECT_EQ(Binary(R"({"records":null,"records":[{}]})"),
            "400 /records: found twice, expected once.");
}

TEST_P(ProduceRequestTest, ReadsEscapedMemberNames) {
  EXPECT_EQ(Binary(R"({"\u0072ecords":[{"v\u0061lue":"QQ=="}]})"), "{value='A'}");
  EXPECT_EQ(
      Binary(R"({"records":[{"\u00e9":1}]})"),
      "422 Unrecognized field: \u00E9 in /records/0, expected key, value, partition, headers or "
      "timestamp.");
}

TEST_P(ProduceRequestTest, RefusesUnknownMembers) {
  EXPECT_EQ(Binary(R"({"foo":1,"records":[{}]})"),
            "422 Unrecognized field: foo in the body, expected records, key_schema, key_schema_id, "
            "value_schema "
            "or value_schema_id.");
  EXPECT_EQ(Binary(R"({"records":[{},{},{"values":"QQ=="}]})"),
            "422 Unrecognized field: values in /records/2, expected key, value, partition, headers "
            "or timestamp.");
  EXPECT_EQ(Binary(Record("\"" + std::string(100, 'x') + "\":1")),
            "422 Unrecognized field: " + std::string(64, 'x') +
                "... in /records/0, expected key, value, partition, headers or timestamp.");
  EXPECT_EQ(Binary(Record(R"("":1)")).substr(0, 24), "422 Unrecognized field: ");
  EXPECT_EQ(Binary(Record(R"("Value":"QQ==")")).substr(0, 29), "422 Unrecognized field: Value");
}

TEST_P(ProduceRequestTest, RefusesBodiesWithoutRecords) {
  EXPECT_EQ(Binary(""), "422 the body: found an empty body, expected an object.");
  EXPECT_EQ(Binary(" \n"), "422 the body: found an empty body, expected an object.");
  EXPECT_EQ(Binary("null"), "422 the body: found null, expected an object.");
  EXPECT_EQ(Binary("{}"), "422 /records: found no record, expected at least one.");
  EXPECT_EQ(Binary(R"({"key_schema_id":1})"),
            "422 /records: found no record, expected at least one.");
  EXPECT_EQ(Binary(R"({"records":[]})"), "422 /records: found no record, expected at least one.");
  EXPECT_EQ(Binary(R"({"records":null})"), "422 /records: found no record, expected at least one.");
}

TEST_P(ProduceRequestTest, RefusesOtherTypes) {
  EXPECT_EQ(Binary("[]"), "400 the body: found an array at byte 0, expected an object.");
  EXPECT_EQ(Binary("\"x\""), "400 the body: found \"x\" at byte 0, expected an object.");
  EXPECT_EQ(Binary(R"({"records":{}})"),
            "400 /records: found an object at byte 11, expected an array.");
  EXPECT_EQ(Binary(R"({"records":[null]})"),
            "400 /records/0: found 'null' at byte 12, expected an object.");
  EXPECT_EQ(Binary(R"({"records":[{},"x"]})"),
            "400 /records/1: found \"x\" at byte 15, expected an object.");
}

TEST_P(ProduceRequestTest, RefusesWhatIsNotBase64InConfluentsWords) {
  EXPECT_EQ(
      Binary(Record(R"("value":"hello world")")),
      "400 Bad Request: data=\"hello world\" is not a valid base64 string. (/records/0/value)");
  EXPECT_EQ(Binary(Record(R"("key":"Q")")),
            "400 Bad Request: data=\"Q\" is not a valid base64 string. (/records/0/key)");
  EXPECT_EQ(Binary(Record(R"("value":"\ud800")")),
            "400 Bad Request: data=\"\\ud800\" is not a valid base64 string. (/records/0/value)");
  EXPECT_EQ(Binary(Record(R"("value":{"a": [1, 2]})")),
            R"(400 Bad Request: data={"a":[1,2]} is not a base64 string. (/records/0/value))");
  EXPECT_EQ(Binary(Record(R"("value":12.50)")),
            "400 Bad Request: data=12.50 is not a base64 string. (/records/0/value)");
  EXPECT_EQ(Binary(R"({"records":[{"value":"QQ=="},{"value":true}]})"),
            "400 Bad Request: data=true is not a base64 string. (/records/1/value)");
}

TEST_P(ProduceRequestTest, EchoesTheBeginningOfBadBase64AsItWasSent) {
  const std::string good(200, 'Q');
  EXPECT_EQ(Binary(Record("\"value\":\"" + good + "!\"")),
            "400 Bad Request: data=\"" + std::string(63, 'Q') +
                "... is not a valid base64 string. (/records/0/value)");
  EXPECT_EQ(Binary(Record("\"value\":\"QQQQQQQQ\\/" + good + "!\"")),
            "400 Bad Request: data=\"QQQQQQQQ\\/" + std::string(53, 'Q') +
                "... is not a valid base64 string. (/records/0/value)");
  EXPECT_EQ(Binary(Record("\"value\":\"" + std::string(60, 'Q') + "\u20AC\u20AC\"")),
            "400 Bad Request: data=\"" + std::string(60, 'Q') +
                "\u20AC... is not a valid base64 string. (/records/0/value)");
  EXPECT_EQ(Binary(Record("\"value\":\"" + std::string(61, 'Q') + "\u20AC\u20AC\"")),
            "400 Bad Request: data=\"" + std::string(61, 'Q') +
                "... is not a valid base64 string. (/records/0/value)");
}

TEST_P(ProduceRequestTest, RefusesMalformedJson) {
  EXPECT_EQ(
      Binary("{"),
      "400 Malformed JSON in the body: found the end at byte 1, expected a member name in quotes.");
  EXPECT_EQ(Binary(R"({"records")"),
            "400 Malformed JSON in the body: found the end at byte 10, expected ':'.");
  EXPECT_EQ(Binary(R"({"records":)"), "400 /records: found the end at byte 11, expected an array.");
  EXPECT_EQ(Binary(R"({"records":[)"),
            "400 /records/0: found the end at byte 12, expected an object.");
  EXPECT_EQ(Binary(R"({"records":[{"value":)"),
            "400 Malformed JSON in /records/0: found the end at byte 21, expected a value.");
  EXPECT_EQ(Binary(R"({"records":[{"value":"QQ=="})"),
            "400 Malformed JSON in /records/0: found the end at byte 28, expected ',' or ']'.");
  EXPECT_EQ(Binary(R"({"records":[{}])"),
            "400 Malformed JSON in the body: found the end at byte 15, expected ',' or '}'.");
  EXPECT_EQ(Binary(R"({"records":[{},]})"),
            "400 /records/1: found ']' at byte 15, expected an object.");
  EXPECT_EQ(
      Binary(R"({"records":[{}],})"),
      "400 Malformed JSON in the body: found '}' at byte 16, expected a member name in quotes.");
  EXPECT_EQ(Binary(R"({"records":[{"value" "QQ=="}]})"),
            "400 Malformed JSON in /records/0: found \"QQ==\" at byte 21, expected ':'.");
  EXPECT_EQ(Binary(R"({"records":[{"value":"QQ==" "key":null}]})"),
            "400 Malformed JSON in /records/0: found \"key\" at byte 28, expected ',' or '}'.");
  EXPECT_EQ(
      Binary(R"({"records":[{"value":"Q\qQ"}]})"),
      "400 Malformed JSON in /records/0: found '\\qQ' at byte 23, expected an escape of JSON's.");
  EXPECT_EQ(Json(R"({"records":[{"value":{"a":nul}}]})"),
            "400 Malformed JSON in /records/0: found 'nul' at byte 26, expected a value.");
  EXPECT_EQ(Json("{\"records\":[{\"value\":\"a\nb\"}]}"),
            "400 Malformed JSON in the body: found the control character 0x0A at byte 23, expected "
            "it escaped in a "
            "string.");
  EXPECT_EQ(Json("{\"records\":[{\"value\":\"\xFF\"}]}"),
            "400 Malformed JSON in the body: found 0xFF at byte 22, expected UTF-8.");
  EXPECT_EQ(Json("\xEF\xBB\xBF{\"records\":[{}]}"),
            "400 the body: found a byte order mark at byte 0, expected an object.");
}

TEST_P(ProduceRequestTest, RefusesTextBehindTheBody) {
  EXPECT_EQ(Binary(R"({"records":[{}]} x)"),
            "400 Malformed JSON in the body: found 'x' at byte 17, expected the end of the body.");
  EXPECT_EQ(
      Binary(R"({"records":[{}]}{"records":[{}]})"),
      "400 Malformed JSON in the body: found an object at byte 16, expected the end of the body.");
  EXPECT_EQ(
      Binary("null null"),
      "400 Malformed JSON in the body: found 'null' at byte 5, expected the end of the body.");
}

TEST_P(ProduceRequestTest, BoundsTheNumberOfRecords) {
  EXPECT_EQ(Parse(Format::kBinary, R"({"records":[{},{},{}]})", {.max_records = 3}), "{}{}{}");
  EXPECT_EQ(Parse(Format::kBinary, R"({"records":[{},{},{},{}]})", {.max_records = 3}),
            "413 /records: found more than 3, expected at most that many records in a request.");
}

TEST_P(ProduceRequestTest, BoundsTheDepth) {
  const auto nested = [](size_t depth) {
    return "\"value\":" + std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(Json(Record(nested(997))).substr(0, 11), "{value='[[[");
  EXPECT_EQ(Json(Record(nested(998))),
            "400 Malformed JSON in /records/0: found an array at byte 1018, expected at most 1000 "
            "containers in one another.");
  EXPECT_EQ(Binary(Record(nested(100000))).substr(0, 18), "400 Malformed JSON");
}

TEST_P(ProduceRequestTest, AcceptsTheJsonValuesThatJsonParseAccepts) {
  for (const std::string& text : JsonTexts()) {
    const auto minified = ReferenceMinify(text, 997);
    if (!minified) continue;
    EXPECT_EQ(Json(Record("\"value\":" + text)),
              *minified == "null" ? "{}" : "{value='" + *minified + "'}");
  }
  for (const std::string& text : OtherTexts()) {
    const std::string body = Record("\"value\":" + text);
    if (ReferenceMinify(body)) continue;
    EXPECT_EQ(Json(body).substr(0, 4), "400 ") << body;
  }
}

TEST_P(ProduceRequestTest, AcceptsNoDamagedBodyThatIsNotJson) {
  const std::vector<std::string> bodies = {
      R"({"records":[{"value":"QUJD","key":"QQ=="},{"partition":1,"timestamp":2}]})",
      R"( { "records" : [ { "headers" : [ { "name" : "a\u0041" , "value" : "QUJDREVGR0g=" } ] } ] } )",
      R"({"value_schema":"x","key_schema_id":1,"records":[{"value":null},{"key":"\/\/\/\/"}]})",
  };
  std::mt19937 random(5);
  for (int round = 0; round < 30000; ++round) {
    const std::string body = Mutate(bodies[random() % bodies.size()], &random);
    for (const Format format : {Format::kBinary, Format::kJson, Format::kString}) {
      const std::string result = Parse(format, body);
      const bool accepted = result[0] == '{';
      ASSERT_TRUE(!accepted || ReferenceMinify(body)) << testing::PrintToString(body);
    }
  }
}

TEST_P(ProduceRequestTest, ParsesBodiesOfAllSizesWithTheSameParser) {
  for (const size_t count : {1, 10, 20000, 1, 500}) {
    std::string body = "{\"records\":[";
    std::string expected;
    for (size_t i = 0; i < count; ++i) {
      body += (i == 0 ? "" : ",") + "{\"value\":\""s + std::string(136, 'Q') + "\"}";
      expected += "{value='" + [] {
        std::string value;
        for (int group = 0; group < 34; ++group) value += "A\x04\x10";
        return value;
      }() + "'}";
    }
    EXPECT_EQ(Parse(Format::kBinary, body + "]}", {.max_records = count}), expected);
  }
}

}  // namespace
}  // namespace sluice
