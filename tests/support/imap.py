"""A small IMAP server on loopback: one folder, as much of RFC 3501 as reading a mailbox by UID takes."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "lezer", "geheim"


@dataclass
class Stored:
    """A message of the folder, with its flags."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


class Post:
    """The folder, and how the server behaves.

    `breaks_at`: after as many commands STORE the connection is lost, before the flags are set.
    """

    def __init__(self) -> None:
        self.url = ""
        self.messages: dict[int, Stored] = {}
        self.breaks_at = 0
        self.commands: list[str] = []

    def put(self, raw: bytes) -> int:
        """A new message; its UID."""
        uid = max(self.messages, default=100) + 1
        self.messages[uid] = Stored(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        return uid

    def flags(self) -> list[set[str]]:
        """The flags of each message, the oldest first."""
        return [self.messages[uid].flags for uid in sorted(self.messages)]


class _Lost(Exception):
    """The connection is to be lost."""


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.entered = self.selected = False
        self._say("* OK ready")
        try:
            while line := self.rfile.readline():
                if not self._answer(line.decode("utf-8").strip()):
                    return
        except _Lost:
            return

    @property
    def post(self) -> Post:
        return self.server.post  # type: ignore[attr-defined, no-any-return]

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _answer(self, line: str) -> bool:
        tag, _, rest = line.partition(" ")
        command, _, arguments = rest.partition(" ")
        self.post.commands.append(rest if command.upper() != "LOGIN" else "LOGIN")
        match command.upper():
            case "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1")
            case "LOGIN":
                self.entered = arguments.split() == [USER, f'"{PASSWORD}"']
                if not self.entered:
                    self._say(f"{tag} NO wrong")
                    return True
            case "SELECT" if self.entered and arguments == '"INBOX"':
                self.selected = True
                self._say(f"* {len(self.post.messages)} EXISTS")
            case "UID" if self.selected:
                self._by_uid(arguments)
            case "LOGOUT":
                self._say("* BYE")
                self._say(f"{tag} OK done")
                return False
            case _:
                self._say(f"{tag} NO not here")
                return True
        self._say(f"{tag} OK done")
        return True

    def _by_uid(self, arguments: str) -> None:
        command, _, rest = arguments.partition(" ")
        if command.upper() == "SEARCH":
            wanted = {"UNSEEN": r"\Seen", "UNFLAGGED": r"\Flagged"}
            without = {wanted[word] for word in rest.split()}
            found = [uid for uid, one in sorted(self.post.messages.items()) if not one.flags & without]
            self._say("* SEARCH " + " ".join(map(str, found)))
            return
        uid, _, what = rest.partition(" ")
        message = self.post.messages[int(uid)]
        number = sorted(self.post.messages).index(int(uid)) + 1
        if command.upper() == "FETCH":
            (most,) = re.findall(r"BODY\.PEEK\[\]<0\.(\d+)>", what)
            raw = message.raw[: int(most)]
            self._say(f"* {number} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}")
            self.wfile.write(raw + b")\r\n")
            return
        if self.post.breaks_at:
            self.post.breaks_at -= 1
            if not self.post.breaks_at:
                raise _Lost
        message.flags |= set(re.findall(r"\\\w+", what))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, post: Post) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.post = post


@contextmanager
def imap_server() -> Iterator[Post]:
    """A server with an empty folder."""
    post = Post()
    with _Server(post) as server:
        post.url = f"imap://{USER}:{PASSWORD}@127.0.0.1:{server.server_address[1]}/INBOX"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield post
        server.shutdown()
        thread.join()
