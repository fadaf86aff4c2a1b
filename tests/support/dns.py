"""A name server on loopback that answers from a table, made with dnspython."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[str, Sequence[str]]
"""TXT records by name; a name without any exists all the same, and so does each name above one that is listed."""


def _answer(zone: Zone, question: bytes) -> bytes:
    asked = dns.message.from_wire(question)
    name = str(asked.question[0].name).rstrip(".").lower()
    reply = dns.message.make_response(asked)
    reply.flags |= dns.flags.RA
    if name in zone:
        quoted = [f'"{text}"' for text in zone[name]]
        if quoted:
            reply.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *quoted))
    elif not any(known.endswith(f".{name}") for known in zone):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


@contextmanager
def name_server(zone: Zone) -> Iterator[tuple[str, int]]:
    """A running server; its address and port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            socket.sendto(_answer(zone, data), self.client_address)

    server: Any = socketserver.UDPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
