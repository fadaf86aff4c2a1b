"""Asking DNS, with dnspython: who may send mail for a domain."""

from __future__ import annotations

from collections.abc import Sequence

SECONDS = 3.0
"""How long a question may take."""


class DnsResolver:
    """Implements `matcher.ports.Resolver`. `servers`: (address, port) of those to ask; none: the machine's own."""

    def __init__(self, servers: Sequence[tuple[str, int]] = (), *, seconds: float = SECONDS) -> None:
        self._servers, self._seconds = servers, seconds

    def texts(self, name: str) -> list[str] | None:
        """The TXT records of a name, empty if there are none; None if no server answers."""
        exists, texts = self._ask(name)
        return None if exists is None else texts

    def exists(self, name: str) -> bool | None:
        """Whether the name, or one below it, exists; None if no server answers."""
        return self._ask(name)[0]

    def _ask(self, name: str) -> tuple[bool | None, list[str]]:
        """Whether the name exists, None without an answer; and its TXT records."""
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer, Resolver

        try:
            resolver = Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers = [address for address, _ in self._servers]
                resolver.port = self._servers[0][1]
            answer = resolver.resolve(name, "TXT", lifetime=self._seconds, search=False)
        except NXDOMAIN:
            return False, []
        except NoAnswer:
            return True, []
        except (DNSException, OSError, UnicodeError):
            return None, []
        return True, [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
