"""Runs a Milvus cluster in a network of its own: etcd, a queue of messages, and a process for each part of Milvus.

The queue is the mock broker of librdkafka, for want of a real one: it keeps 5 MB of each topic, in memory. The storage
that all share is a folder. `benchmarks/milvus/server.py` starts it: `python -m benchmarks.milvus.cluster FOLDER
SOCKET TTL`, with the seconds after which a killed process is missed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from confluent_kafka import Producer

from benchmarks.milvus.standalone import Process, loopback_up, program_in, run

_ROLES = ("rootcoord", "datacoord", "querycoord", "indexnode", "datanode", "proxy", "querynode-1", "querynode-2")
_METRICS, _QUERY_NODE = 9091, 21130
"""The first of the ports that differ by process."""


def processes(folder: Path, broker: str, ttl: int) -> dict[str, Process]:
    """What makes up the cluster, by name."""
    settings = {
        "common.session.ttl": ttl,
        "dataCoord.compaction.enableAutoCompaction": "false",  # what lies on two nodes stays there
        "etcd.use.embed": "false",
        "log.level": "warn",
        "mq.type": "kafka",
    }
    program = program_in(folder, settings)
    clients, peers = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
    listening = ("--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peers)
    made = {"etcd": Process(("etcd", "--data-dir", str(folder / "etcd"), *listening))}
    shared = {"LD_LIBRARY_PATH": str(program.parent), "DEPLOY_MODE": "CLUSTER", "KAFKA_BROKERLIST": broker}
    for number, name in enumerate(_ROLES):
        ports = {"METRICS_PORT": str(_METRICS + number), "QUERYNODE_PORT": str(_QUERY_NODE + number)}
        made[name] = Process((str(program), "run", name.partition("-")[0]), shared | ports)
    return made


def main() -> None:
    loopback_up()
    folder, door, ttl = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    queue = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 4})
    (broker,) = queue.list_topics(timeout=10).brokers.values()
    asyncio.run(run(folder, door, processes(folder, f"{broker.host}:{broker.port}", ttl)))


if __name__ == "__main__":
    main()
