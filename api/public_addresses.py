"""Addresses that people and sources give must not lead into our own network: https, to public addresses alone."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit

LONGEST = 2_000
"""Signs of an address."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out; what is beside it may lead into a network of our own."""


class NotPublicError(Exception):
    """Not https, or not an address on the internet."""


def target(url: str, *, local: bool = False) -> tuple[str, str]:
    """The name in an address, and the public address of the internet that it leads to.

    A connection is made to the latter, whatever the name says a moment later. `local`: also http and addresses of this
    machine, for tests. Raises NotPublicError, OSError where the name leads nowhere.
    """
    if len(url) > LONGEST or any(ord(sign) < 33 for sign in url):
        raise NotPublicError
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise NotPublicError from None
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise NotPublicError
    if not host or parts.username or parts.password or (port not in {None, 443} and not local):
        raise NotPublicError
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(host) from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(local or is_public(address) for address in addresses):
        raise NotPublicError
    return host, addresses[0]


def direct(url: str, host: str, address: str) -> tuple[str, dict[str, str]]:
    """The URL of the address itself, and the header that says which name was meant."""
    parts = urlsplit(url)
    netloc = f"[{address}]" if ":" in address else address
    netloc += f":{parts.port}" if parts.port else ""
    named = f"[{host}]" if ":" in host else host
    named += f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=netloc, fragment="").geturl(), {"Host": named}


def is_public(address: str) -> bool:
    """Whether an IP address is on the internet: not of this machine, a private network or a link, mapped ones too."""
    with suppress(ValueError):
        one = ipaddress.ip_address(address.partition("%")[0])
        inner = [getattr(one, "ipv4_mapped", None), getattr(one, "sixtofour", None)]
        inner += list(getattr(one, "teredo", None) or ())
        each = [one, *(other for other in inner if other is not None)]
        if isinstance(one, ipaddress.IPv6Address):
            if one in _NAT64:
                each.append(ipaddress.ip_address(int(one) & 0xFFFFFFFF))
            elif one.ipv4_mapped is None and one not in _GLOBAL_UNICAST:
                return False
        return all(other.is_global and not other.is_multicast for other in each)
    return False
