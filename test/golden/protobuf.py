"""Writes protobuf.jsonl: what Google's own compiler, runtime and JSON mapping make of schemas and values.

  pip install protobuf grpcio-tools
  python3 test/golden/protobuf.py

Each line is a schema with the files that it imports, the same files as base64 of their FileDescriptorProto, the
message's full name, its indexes in the text and in the descriptor (where groups and entries of maps count), and
values: the JSON that went in, the bytes, and the JSON that came out with `always_print_fields_with_no_presence`; or of a value that
was refused only what went in. Numbers beyond doubles stay digits: JSON stands as text.
"""
import base64
import json
import pathlib
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

WELL_KNOWN = pathlib.Path(protoc.__file__).parent / "_proto"
OUT = pathlib.Path(__file__).with_suffix(".jsonl")
lines = []


def descriptors(folder):
    result = folder / "set.bin"
    code = protoc.main(["protoc", f"-I{folder}", f"-I{WELL_KNOWN}", "--include_imports",
                        f"--descriptor_set_out={result}", "main.proto"])
    assert code == 0, "protoc refused it"
    files = descriptor_pb2.FileDescriptorSet()
    files.ParseFromString(result.read_bytes())
    return files


def files_of(schema, imports):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for path, text in {"main.proto": schema, **imports}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return descriptors(folder).file


def pool_of(files):
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.Add(file)
    return pool


def index_of(descriptor):
    """As clients count that have no text: among all types that are declared in the one around it."""
    outer = descriptor.containing_type
    if outer is None:
        return [list(descriptor.file.message_types_by_name).index(descriptor.name)]
    return index_of(outer) + [list(outer.nested_types).index(descriptor)]


def described(name, schema, message, indexes, imports):
    """The line without its values, and what makes messages."""
    files = files_of(schema, imports)
    pool = pool_of(files)
    descriptor = pool.FindMessageTypeByName(message)
    line = {
        "name": name,
        "schema": schema,
        "imports": imports,
        "descriptors": {file.name: base64.standard_b64encode(file.SerializeToString()).decode()
                        for file in files if file.name in {"main.proto", *imports}},
        "message": message,
        "indexes": list(indexes),
        "descriptorIndexes": index_of(descriptor),
    }
    return line, pool, message_factory.GetMessageClass(descriptor)


def value(factory, pool, text):
    message = factory()
    try:
        json_format.Parse(text, message, descriptor_pool=pool)
        payload = message.SerializeToString(deterministic=True)
        back = json_format.MessageToJson(message, always_print_fields_with_no_presence=True,
                                         descriptor_pool=pool, indent=None, ensure_ascii=False)
    except Exception:  # The mapping's own errors, and those of required fields that are missing.
        return {"json": text}
    return {"json": text, "payload": payload.hex(), "back": back}


def golden(name, schema, message, values, imports=None, indexes=(0,)):
    line, pool, factory = described(name, schema, message, indexes, imports or {})
    lines.append({**line, "values": [value(factory, pool, text) for text in values]})


def payloads(name, schema, message, hexes, imports=None):
    """Bytes that no encoder of today writes, and what they say."""
    line, pool, factory = described(name, schema, message, (0,), imports or {})
    values = []
    for text in hexes:
        one = factory()
        try:
            one.ParseFromString(bytes.fromhex(text))
            back = json_format.MessageToJson(one, always_print_fields_with_no_presence=True,
                                             descriptor_pool=pool, indent=None, ensure_ascii=False)
            values.append({"payload": text, "back": back})
        except Exception:
            values.append({"payload": text})
    lines.append({**line, "values": values})


INTEGERS = ["0", "1", "-1", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
            "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1.0", "1.5", "1e3", "1e-3",
            "9007199254740993.0", "9007199254740993.5", "1.8446744073709551615e19", "1e400",
            '"0"', '"12"', '"-7"', '"9007199254740993"', '"1.0"', '"1e3"', '"1.5"', '""', '" 1"', '"1 "', '"0x10"',
            '"abc"', "true", "[]", "{}", "null"]
FLOATS = ["0", "1", "-1.5", "0.1", "1.1", "3.14159274", "16777217", "1e10", "1e-10", "3.4028234663852886e38",
          "3.5e38", "1e-45", "1.7976931348623157e308", "1e400", "5e-324", "123456789.123456789", "0.30000001",
          '"NaN"', '"Infinity"', '"-Infinity"', '"1.5"', '"1e3"', '"nan"', '"inf"', '""', '" 1"', "true", "null",
          "12345678901234567890", "1e22", "1e21", "1e-7"]
SCALARS = ["int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64"]

for scalar in SCALARS:
    golden(f"integers: {scalar}",
           f'syntax = "proto3"; package t; message M {{ {scalar} v = 1; repeated {scalar} list = 2; }}', "t.M",
           [f'{{"v":{number}}}' for number in INTEGERS] + ['{"list":[1,"2",3e0]}', '{"list":[null]}', '{"list":1}',
                                                           '{"list":null}'])
for scalar in ["float", "double"]:
    golden(f"numbers: {scalar}",
           f'syntax = "proto3"; package t; message M {{ {scalar} v = 1; repeated {scalar} list = 2; }}', "t.M",
           [f'{{"v":{number}}}' for number in FLOATS] + ['{"list":[1.1,"NaN",2]}'])

golden("strings, bytes, bool", '''
syntax = "proto3";
message M { string s = 1; bytes b = 2; bool t = 3; repeated bytes bs = 4; repeated bool ts = 5; }''', "M",
       ['{"s":""}', '{"s":"é€😀\\u0000\\n"}', '{"s":"\\ud83d\\ude00"}', '{"s":5}', '{"s":true}', '{"s":null}',
        '{"b":""}', '{"b":"AQID"}', '{"b":"-_8="}', '{"b":"+/8="}', '{"b":"AQI="}', '{"b":"AQI"}', '{"b":"*"}',
        '{"b":5}', '{"t":true}', '{"t":false}', '{"t":"true"}', '{"t":1}', '{"bs":["","AA=="]}', '{"ts":[true,false]}'])

NAMES = '''
syntax = "proto3";
package a.b.c;
message M {
  string some_field = 1;
  int32 other = 2 [json_name = "Renamed"];
  int32 fooBar_baz = 3;
  int32 field1_2x = 4;
  int32 _lead = 5;
  int32 double__under = 6;
  int32 trail_ = 7;
  int32 UPPER_case = 8;
  int32 constructor = 9;
  int32 toString = 10;
}
'''
golden("names", NAMES, "a.b.c.M",
       ['{"some_field":"x"}', '{"someField":"x"}', '{"SomeField":"x"}', '{"other":1}', '{"Renamed":1}', '{"renamed":1}',
        '{"fooBarBaz":1}', '{"fooBar_baz":1}', '{"field12x":1}', '{"field1_2x":1}', '{"Lead":1}', '{"_lead":1}',
        '{"doubleUnder":1}', '{"trail":1}', '{"UPPERCase":1}', '{"someField":"x","some_field":"y"}',
        '{"constructor":5,"toString":6}', '{"unknown":1}', '{"":1}', '[]', '5', '"x"', '{}'])

golden("enums, open", '''
syntax = "proto3";
enum E { option allow_alias = true; ZERO = 0; ONE = 1; UNO = 1; NEG = -1; }
message M { E e = 1; repeated E list = 2; map<string, E> map = 3; optional E opt = 4; }''', "M",
       ['{"e":"ZERO"}', '{"e":"ONE"}', '{"e":"UNO"}', '{"e":1}', '{"e":-1}', '{"e":77}', '{"e":"77"}', '{"e":"TWO"}',
        '{"e":1.5}', '{"e":1.0}', '{"e":null}', '{"e":"one"}', '{"e":2147483648}', '{"list":["ONE",0,5]}',
        '{"list":[null]}', '{"map":{"a":"NEG"}}', '{"map":{"a":99}}', '{"opt":"ZERO"}', '{"opt":0}'])
golden("enums, closed", '''
syntax = "proto2";
enum E { ONE = 1; TWO = 2; }
message M { optional E e = 1; repeated E list = 2; optional E d = 3 [default = TWO]; }''', "M",
       ['{}', '{"e":"TWO"}', '{"e":2}', '{"e":3}', '{"list":["ONE",2]}', '{"list":[3]}', '{"d":"ONE"}'])

golden("oneof, presence", '''
syntax = "proto3";
message M {
  oneof choice { string s = 1; int32 i = 2; N n = 3; E e = 9; }
  optional int32 maybe = 4;
  optional string text = 5;
  optional N sub = 6;
  int32 plain = 7;
  optional bytes raw = 8;
}
message N { int32 x = 1; M m = 2; }
enum E { A = 0; B = 1; }''', "M",
       ['{}', '{"s":""}', '{"i":0}', '{"n":{}}', '{"e":"A"}', '{"s":"a","i":1}', '{"s":null,"i":1}', '{"s":null}',
        '{"maybe":0}', '{"maybe":null}', '{"text":""}', '{"sub":{}}', '{"sub":null}', '{"plain":0}', '{"raw":""}',
        '{"n":{"m":{"n":{"m":{"i":3}}}}}'])

golden("maps", '''
syntax = "proto3";
message M {
  map<string, string> ss = 1;
  map<int32, int64> il = 2;
  map<uint64, double> ud = 3;
  map<bool, N> bn = 4;
  map<string, bytes> sb = 5;
  map<sint64, float> sf = 6;
  message N { int32 x = 1; }
}''', "M",
       ['{}', '{"ss":{}}', '{"ss":{"":""}}', '{"ss":{"a":"b"}}', '{"ss":{"constructor":"b"}}', '{"ss":{"a":null}}',
        '{"ss":[]}', '{"ss":null}', '{"il":{"-5":"9007199254740993"}}', '{"il":{"-5":9007199254740993}}',
        '{"il":{"x":1}}', '{"il":{"2147483648":1}}', '{"il":{"1.0":1}}', '{"ud":{"18446744073709551615":0.5}}',
        '{"ud":{"-1":1}}', '{"bn":{"true":{"x":1}}}', '{"bn":{"1":{}}}', '{"bn":{"false":null}}',
        '{"sb":{"k":"AQ=="}}', '{"sf":{"-9223372036854775808":1.1}}'])

golden("nested, second message", '''
syntax = "proto3";
package p;
message First { message Inner { message Deep { string v = 1; } Deep deep = 1; } map<string, int32> m = 1;
  message Other { int32 o = 1; } enum E { Z = 0; } }
message Second { First.Inner inner = 1; .p.First.Inner.Deep deep = 2; p.First.E e = 3; }''', "p.Second",
       ['{"inner":{"deep":{"v":"x"}}}', '{"deep":{"v":"y"},"e":"Z"}'], indexes=(1,))
golden("nested, deep message", '''
syntax = "proto3";
package p;
message First { message A {} map<string, int32> m = 1; enum E { Z = 0; }
  message Inner { message B {} message C {} message Deep { string v = 1; } } }''', "p.First.Inner.Deep",
       ['{"v":"x"}', '{}'], indexes=(0, 1, 2))

golden("scopes of names", '''
syntax = "proto3";
package a.b;
message X { int32 outer = 1; }
message M {
  message X { int32 inner = 1; }
  X near = 1;
  .a.b.X far = 2;
  b.X also = 3;
  a.b.M.X full = 4;
}''', "a.b.M", ['{"near":{"inner":1},"far":{"outer":2},"also":{"outer":3},"full":{"inner":4}}', '{"near":{"outer":1}}'],
       indexes=(1,))

golden("imports", '''
syntax = "proto3";
package shop;
import "common/money.proto";
import public "common/unit.proto";
message Order { common.Money price = 1; common.Unit unit = 2; common.Money.Kind kind = 3; }''', "shop.Order",
       ['{"price":{"units":"5","kind":"CREDIT","unit":"KG"},"unit":1,"kind":"DEBIT"}', '{}'],
       imports={
           "common/money.proto": '''
syntax = "proto3";
package common;
import "common/unit.proto";
message Money { int64 units = 1; Kind kind = 2; Unit unit = 3; enum Kind { DEBIT = 0; CREDIT = 1; } }''',
           "common/unit.proto": '''
syntax = "proto3";
package common;
enum Unit { PIECE = 0; KG = 1; }''',
       })

golden("proto2", '''
syntax = "proto2";
package two;
message M {
  required int32 id = 1;
  optional string name = 2 [default = "nobody"];
  optional int32 count = 3 [default = 7];
  repeated int32 list = 4;
  repeated int32 packed = 5 [packed = true];
  optional group Result = 6 { optional string url = 1; repeated int32 n = 2; }
  repeated group Row = 7 { required int32 x = 1; }
  optional N n = 8;
  extensions 100 to 199;
  message N { required string s = 1; extend M { optional N inner = 102; } }
}
extend M { optional int64 ext = 100; repeated string exts = 101; }''', "two.M",
       ['{}', '{"id":1}', '{"id":1,"name":"","count":0}', '{"id":1,"list":[1,2],"packed":[1,2]}',
        '{"id":1,"result":{"url":"x","n":[1]}}', '{"id":1,"row":[{"x":1},{"x":2}]}', '{"id":1,"row":[{}]}',
        '{"id":1,"n":{}}', '{"id":1,"n":{"s":"a"}}', '{"id":1,"[two.ext]":"5"}', '{"id":1,"[two.exts]":["a","b"]}',
        '{"id":1,"[two.M.N.inner]":{"s":"q"}}', '{"id":1,"[two.nope]":1}', '{"id":1,"[two.ext]":9007199254740993}'])

golden("packing in proto3", '''
syntax = "proto3";
message M { repeated int32 a = 1; repeated int32 b = 2 [packed = false]; repeated bool c = 3; repeated E d = 4;
  enum E { Z = 0; Y = 1; } repeated string e = 5; }''', "M",
       ['{"a":[1,2,300],"b":[1,2,300],"c":[true,false],"d":["Y",0],"e":["","x"]}'])

golden("edition 2023", '''
edition = "2023";
package ed;
option features.field_presence = IMPLICIT;
message M {
  int32 plain = 1;
  int32 explicit = 2 [features.field_presence = EXPLICIT];
  int32 must = 3 [features.field_presence = LEGACY_REQUIRED];
  repeated int32 list = 4;
  repeated int32 wide = 5 [features.repeated_field_encoding = EXPANDED];
  N sub = 6 [features.message_encoding = DELIMITED];
  Closed closed = 7 [features.field_presence = EXPLICIT];
}
message N { string s = 1; }
enum Closed { option features.enum_type = CLOSED; ONE = 1; TWO = 2; }''', "ed.M",
       ['{"must":0}', '{}', '{"must":1,"plain":0,"explicit":0}', '{"must":1,"list":[1,2],"wide":[1,2]}',
        '{"must":1,"sub":{"s":"x"}}', '{"must":1,"closed":"TWO"}', '{"must":1,"closed":5}'])

WELL = '''
syntax = "proto3";
package w;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message M {
  google.protobuf.Timestamp ts = 1;
  google.protobuf.Duration d = 2;
  google.protobuf.FieldMask mask = 3;
  google.protobuf.Struct struct = 4;
  google.protobuf.Value value = 5;
  google.protobuf.ListValue list = 6;
  google.protobuf.NullValue null = 7;
  google.protobuf.Any any = 8;
  google.protobuf.Empty empty = 9;
  google.protobuf.Int32Value i32 = 10;
  google.protobuf.Int64Value i64 = 11;
  google.protobuf.UInt32Value u32 = 12;
  google.protobuf.UInt64Value u64 = 13;
  google.protobuf.FloatValue f = 14;
  google.protobuf.DoubleValue db = 15;
  google.protobuf.BoolValue b = 16;
  google.protobuf.StringValue s = 17;
  google.protobuf.BytesValue by = 18;
  repeated google.protobuf.Int64Value list64 = 19;
  repeated google.protobuf.Value values = 20;
  map<string, google.protobuf.Timestamp> times = 21;
  message Inner { int64 n = 1; float f = 2; double value = 3; }
}'''
golden("well-known types", WELL, "w.M",
       [f'{{"ts":{value}}}' for value in
        ['"1970-01-01T00:00:00Z"', '"2020-02-29T12:34:56.5Z"', '"2020-01-01T00:00:00.123456789Z"',
         '"2020-01-01T00:00:00.000001Z"', '"2020-01-01T01:00:00+01:00"', '"0001-01-01T00:00:00Z"',
         '"9999-12-31T23:59:59.999999999Z"', '"10000-01-01T00:00:00Z"', '"1969-12-31T23:59:59.9Z"',
         '"2020-01-01"', '"2020-01-01 00:00:00Z"', '"2019-02-29T00:00:00Z"', '""', '0', 'null',
         '"2020-01-01T00:00:00"', '"2020-01-01t00:00:00z"']] +
       [f'{{"d":{value}}}' for value in
        ['"0s"', '"1s"', '"-1.5s"', '"1.000000001s"', '"0.001s"', '"315576000000s"', '"315576000001s"', '"1"', '"s"',
         '"1.5"', '1', '"-0.5s"', '"1.0000000001s"', 'null']] +
       [f'{{"mask":{value}}}' for value in
        ['""', '"a"', '"fooBar,baz.quxQuux"', '"foo_bar"', 'null', '5']] +
       [f'{{"struct":{value}}}' for value in
        ['{}', '{"a":1,"b":[true,null,"x",{"c":1.5}],"d":{}}', '[]', 'null', '{"a":9007199254740993}',
         '{"a":0.1,"b":1e22}']] +
       [f'{{"value":{value}}}' for value in
        ['null', '1', '"x"', 'true', '[]', '{}', '[[1],{"a":null}]', '1e300', '12345678901234567890']] +
       ['{"list":[]}', '{"list":[1,"a",null]}', '{"list":{}}', '{"null":null}', '{"null":"NULL_VALUE"}', '{"null":0}',
        '{"empty":{}}', '{"empty":{"a":1}}', '{"empty":null}',
        '{"any":{"@type":"type.googleapis.com/w.M.Inner","n":"5"}}',
        '{"any":{"@type":"type.googleapis.com/w.M.Inner","n":9007199254740993,"f":1.1,"value":9007199254740993}}',
        '{"any":{"n":5,"@type":"type.googleapis.com/w.M.Inner"}}',
        '{"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}}',
        '{"any":{"@type":"type.googleapis.com/google.protobuf.Int64Value","value":9007199254740993}}',
        '{"any":{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"a":1}}}',
        '{"any":{"@type":"type.googleapis.com/google.protobuf.Any","value":'
        '{"@type":"type.googleapis.com/google.protobuf.UInt64Value","value":18446744073709551615}}}',
        '{"any":{"@type":"type.googleapis.com/no.Such","n":5}}', '{"any":{}}', '{"any":{"n":5}}',
        '{"any":{"@type":""}}', '{"any":{"@type":"type.googleapis.com/w.M.Inner","nope":5}}',
        '{"i32":5,"i64":"9007199254740993","u32":"7","u64":18446744073709551615}', '{"i32":0}', '{"i32":null}',
        '{"i32":"x"}', '{"i64":9007199254740993}', '{"f":1.1,"db":1.1}', '{"f":"NaN"}', '{"b":false}', '{"b":"false"}',
        '{"s":""}', '{"s":"x"}', '{"by":"AQ=="}', '{"list64":[9007199254740993,"1"]}', '{"list64":[null]}',
        '{"values":[null,1]}', '{"times":{"a":"2020-01-01T00:00:00Z"}}', '{}'])

golden("recursion", 'syntax = "proto3"; message M { M m = 1; int32 i = 2; repeated M list = 3; }', "M",
       ['{"m":' * depth + "{}" + "}" * depth for depth in (1, 10, 60)])

payloads("payloads, scalars", '''
syntax = "proto3";
message M { int32 i = 1; string s = 2; repeated int32 list = 3; bool b = 4; N n = 5; E e = 6; sint32 z = 7;
  map<string, int32> m = 8; double d = 9; float f = 10; uint64 u = 11; fixed32 x = 12; }
message N { int32 a = 1; int32 b = 2; }
enum E { Z = 0; }''', "M", [
    "", "0801", "08ffffffffffffffffff01", "08ffffffff0f", "0880808080808080808001", "08ffffffffffffffffffff01",
    "08", "0a", "12", "1201", "120161", "1202c3a9", "1201ff", "1202c328", "1203eda080",
    "1a03010203", "18011802", "1a0101", "1a02ff", "1801" "1a0102", "2001", "2002", "2000",
    "2a0208012a021002", "2a00", "2a01", "3001", "3063", "30ffffffffffffffffff01", "3801", "3802",
    "42050a0161" "1001", "42030a0161", "42021005", "4200", "42050a01611001" "42050a01611002", "42070a01611001" "1805",
    "490000000000000080", "49000000000000f87f", "4d", "550000c03f", "55cdcc8c3f", "55ffff7f7f", "550000807f",
    "58ffffffffffffffffff01", "65ffffffff", "6001", "f8070a", "fa0701ff", "fb0708" "fc07", "fb07", "fc07", "0b0c",
    "00", "07", "0f", "000000", "0801" "0802", "1000", "ffffffffffffffffffff", "f80f01", "08010c"])
payloads("payloads, proto2", '''
syntax = "proto2";
message M { required int32 a = 1; optional string s = 2; optional E e = 3; repeated E es = 4 [packed = true];
  optional group G = 5 { optional int32 x = 1; } extensions 100 to max; }
enum E { ONE = 1; TWO = 2; }
extend M { optional M ext = 100; }''', "M", [
    "", "0801", "0801" "1201ff", "0801" "1803", "0801" "1802", "0801" "22020103", "0801" "2001" "2002",
    "0801" "2b080324" "2c", "0801" "2b0803" "2c", "0801" "2b0803", "0801a2060208" "02", "0801a20600",
    "0801" "a006" "05", "0801" "f80701"])
payloads("payloads, well-known types", WELL, "w.M", [
    "0a00", "0a0b08ffffffffffffffffff01", "0a06088092b8c398fe" "01", "0a07108094ebdc03", "12020801", "1208" "0801" "10ff93ebdc03",
    "1a00", "1a090a07666f6f5f626172", "2a00", "2a020800", "2a09110000000000000840", "2a09110000000000" "00f87f",
    "4200", "420a0a08782f6e6f2e53756368", "5200", "52020805", "3205" "0a03" "1a0161"])

OUT.write_text("".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines))
