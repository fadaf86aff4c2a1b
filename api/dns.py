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
        found = self._ask(name)
        return found if isinstance(found, list) else ([] if found is not None else None)

    def exists(self, name: str) -> bool | None:
        """Whether the name, or one below it, exists; None if no server answers."""
        found = self._ask(name)
        return None if found is None else found is not False

    def _ask(self, name: str) -> list[str] | bool | None:
        """The TXT records; True where the name has none, False where it does not exist, None without an answer."""
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer, Resolver

        try:
            resolver = Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers = [address for address, _ in self._servers]
                resolver.port = self._servers[0][1]
            answer = resolver.resolve(name, "TXT", lifetime=self._seconds, search=False)
        except NXDOMAIN:
            return False
        except NoAnswer:
            return True
        except (DNSException, OSError, UnicodeError):
            return None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
