"""Writes json-schema.jsonl: a selection of the official JSON Schema test suite.

  python3 test/golden/json-schema.py <checkout of json-schema-org/JSON-Schema-Test-Suite>

The suite is Copyright (c) 2012 Julian Berman, under the MIT licence. Its texts of schemas and data are
kept as texts, so that no number loses digits. Left out is what needs documents from a server, and the
optional tests of what isn't claimed (internationalised formats, content, other dialects).
"""
import json
import pathlib
import sys

DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
# The drafts before and after say nearly the same: of these only what is their own.
ONLY = {
    "draft6": ["boolean_schema", "const", "contains", "exclusiveMaximum", "exclusiveMinimum", "ref"],
    "draft2019-09": ["anchor", "defs", "dependentRequired", "maxContains", "minContains", "recursiveRef",
                     "unevaluatedItems", "unevaluatedProperties"],
}
LEFT_OUT = ["refRemote", "vocabulary"]
OPTIONAL = ["bignum", "float-overflow", "non-bmp-regex"]
FORMATS = ["date", "date-time", "email", "hostname", "ipv4", "ipv6", "json-pointer",
           "relative-json-pointer", "time", "uri", "uri-reference", "uri-template"]


def files(tests):
    only = ONLY.get(tests.name)
    for path in sorted(tests.glob("*.json")):
        if path.stem not in LEFT_OUT and (only is None or path.stem in only):
            yield path
    for name in OPTIONAL:
        yield tests / "optional" / f"{name}.json"
    if tests.name in ("draft4", "draft7"):
        for name in FORMATS:
            yield tests / "optional" / "format" / f"{name}.json"


def text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cases(path, draft):
    for group in json.loads(path.read_text("utf-8")):
        schema = group["schema"]
        if "localhost:1234" in text(schema) and "$ref" in text(schema):
            continue
        if isinstance(schema, dict):
            schema = {"$schema": draft, **schema}
        yield {
            "name": f"{path.parent.name}/{path.stem}: {group['description']}",
            "schema": text(schema),
            "tests": [[test["description"], text(test["data"]), test["valid"]] for test in group["tests"]],
        }


root = pathlib.Path(sys.argv[1]) / "tests"
found = [
    case
    for name, draft in DRAFTS.items()
    for path in files(root / name)
    if path.exists()
    for case in cases(path, draft)
]
lines = "".join(f"{text(case)}\n" for case in found)
pathlib.Path(__file__).with_suffix(".jsonl").write_text(lines, "utf-8")
