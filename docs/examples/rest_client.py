"""Produces and reads through Sluice, and survives restarts of nodes, balancers and brokers.

    rest_client.py produce URL TOPIC        reads JSON values from standard input, one a line
    rest_client.py consume URL TOPIC GROUP  prints JSON values, one a line

URL is the address of a load balancer, or of one node. Records are delivered at least once: a request whose
response is lost is sent again, and a reader continues at the last committed offset.
"""

import http.client
import json
import sys
import time
import urllib.error
import urllib.request

V2 = "application/vnd.kafka.v2+json"
JSON = "application/vnd.kafka.json.v2+json"

# Longer than any request may take: a read waits for records, a produce request up to delivery.timeout.ms.
TIMEOUT_SECONDS = 60
PAUSE_SECONDS = 0.5

# No connection, no response, an incomplete response, or a response with an error status.
FAILURES = (OSError, http.client.HTTPException)


def call(method, url, body=None, content_type=V2, accept=V2):
    """Sends a request. Returns the body of its response."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": content_type, "Accept": accept}
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        text = response.read()
    return json.loads(text) if text else None


def is_permanent(error):
    """Whether the request itself is wrong. 404, 408, 409 and 429 pass, like 5xx."""
    passing = (404, 408, 409, 429)
    return isinstance(error, urllib.error.HTTPError) and error.code < 500 and error.code not in passing


def produce(url, topic, values):
    """Writes all values. Those that failed are sent again, until Kafka has acknowledged each."""
    while values:
        records = [{"value": value} for value in values]
        try:
            answer = call("POST", f"{url}/topics/{topic}", {"records": records}, content_type=JSON)
            pairs = zip(values, answer["offsets"])
            values = [value for value, offset in pairs if offset["error_code"] is not None]
        except FAILURES as error:
            if is_permanent(error):
                raise
        if values:
            time.sleep(PAUSE_SECONDS)


def consume(url, topic, group, process):
    """Calls `process` with each list of records, for ever."""
    while True:
        instance = None
        try:
            instance = create(url, topic, group)
            while True:
                read_once(instance, process)
        except FAILURES as error:
            # The instance is gone (40403), its node is, or no broker answers: another one continues
            # at the committed offsets.
            if is_permanent(error):
                raise
        if instance:
            delete(instance)
        time.sleep(PAUSE_SECONDS)


def create(url, topic, group):
    """Creates an instance. Returns its URL: further requests go there, to the node that has the instance."""
    settings = {
        "format": "json",
        "auto.offset.reset": "earliest",
        "auto.commit.enable": "false",
    }
    instance = call("POST", f"{url}/consumers/{group}", settings)["base_uri"]
    call("POST", f"{instance}/subscription", {"topics": [topic]})
    return instance


def read_once(instance, process):
    records = call("GET", f"{instance}/records", accept=JSON)
    if not records:
        return
    process(records)
    try:
        # The offsets are named: a commit without them covers responses that were lost on their way, too.
        last = {(record["topic"], record["partition"]): record["offset"] for record in records}
        offsets = [
            {"topic": topic, "partition": partition, "offset": offset}
            for (topic, partition), offset in last.items()
        ]
        call("POST", f"{instance}/offsets", {"offsets": offsets})
    except urllib.error.HTTPError as error:
        # After a rebalance another member has the partitions (50002), and reads the records again.
        if error.code < 500:
            raise


def delete(instance):
    """Has the group continue at once; otherwise it waits until the instance expires."""
    try:
        call("DELETE", instance)
    except FAILURES:
        pass


def main():
    command, url, topic, *group = sys.argv[1:]
    if command == "produce":
        for line in sys.stdin:
            produce(url, topic, [json.loads(line)])
    else:
        consume(url, topic, group[0], show)


def show(records):
    for record in records:
        print(json.dumps(record["value"]), flush=True)


if __name__ == "__main__":
    main()
