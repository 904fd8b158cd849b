"""Writes and reads records with Confluent's client for Python, and its serializers for Protobuf.

Arguments: write or read, the bootstrap servers, the URL of a registry. On standard input a case for each topic: its
name, the FileDescriptorProtos in base64 by file, the full name of the message, and as many JSON texts as there are
records to write, or to read from the beginning. Prints for each case the ids of the schemas, or the JSON texts.
"""

import base64
import json
import sys

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import (any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2,  # noqa: F401
                             wrappers_pb2)

WELL_KNOWN = [any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2]
TIMEOUT_S = 30


def class_of(case):
    pool = descriptor_pool.DescriptorPool()
    for module in WELL_KNOWN:
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    for text in case["files"].values():
        pool.AddSerializedFile(base64.b64decode(text))
    return pool, message_factory.GetMessageClass(pool.FindMessageTypeByName(case["message"]))


def write(case, bootstrap, registry):
    pool, factory = class_of(case)
    serializer = ProtobufSerializer(factory, registry, {"use.deprecated.format": False})
    context = SerializationContext(case["topic"], MessageField.VALUE)
    producer = Producer({"bootstrap.servers": bootstrap})
    for text in case["values"]:
        message = json_format.Parse(text, factory(), descriptor_pool=pool)
        producer.produce(case["topic"], value=serializer(message, context), partition=0)
    assert producer.flush(TIMEOUT_S) == 0
    return registry.get_latest_version(f"{case['topic']}-value").schema_id


def read(case, bootstrap, registry):
    pool, factory = class_of(case)
    deserializer = ProtobufDeserializer(factory, {"use.deprecated.format": False}, registry)
    context = SerializationContext(case["topic"], MessageField.VALUE)
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": case["topic"]})
    consumer.assign([TopicPartition(case["topic"], 0, 0)])
    records = []
    while len(records) < len(case["values"]):
        record = consumer.poll(TIMEOUT_S)
        assert record is not None and record.error() is None, record and record.error()
        message = deserializer(record.value(), context)
        records.append(json_format.MessageToJson(message, always_print_fields_with_no_presence=True,
                                                 descriptor_pool=pool))
    consumer.close()
    return records


command = {"write": write, "read": read}[sys.argv[1]]
client = SchemaRegistryClient({"url": sys.argv[3]})
print(json.dumps([command(case, sys.argv[2], client) for case in json.load(sys.stdin)]))
