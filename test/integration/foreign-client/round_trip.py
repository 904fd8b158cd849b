"""Produces what stands on standard input, and prints what comes back, with nlp-kafka-rest-api.

Arguments: the URL of a proxy, and a name. The client reads from the topic name-response, so that is
where it is told to produce to.
"""

import json
import sys

from kafka_rest import Consumer, Producer

url, name = sys.argv[1:]
messages = json.load(sys.stdin)

producer = Producer(kafka_rest_api_url=url, topic_id=f"{name}-response")
keys = producer.produce(messages, "endpoint")

records = {}
with Consumer(kafka_rest_api_url=url, topic_id=name) as consumer:
    for found, _ in consumer.consume(keys, interval_sec=0):
        records.update({record["key"]: record["value"] for record in found})

print(json.dumps([records[key] for key in keys]))
