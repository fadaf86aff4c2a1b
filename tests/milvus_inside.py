"""Runs in a network of its own (`unshare --net`): loopback alone, the server, and a way in through a socket file.

Milvus listens on every address of its machine; here the machine has none but 127.0.0.1. Ends with its standard input.
`tests/milvus.py` starts it: `python -m tests.milvus_inside FOLDER SOCKET`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
PORT = 19530


def loopback_up() -> None:
    """In a new network loopback is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        asked = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(probe, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))


def program_in(folder: Path) -> Path:
    """The server's program, unpacked the first time, with its configuration."""
    import milvus

    folder.mkdir(parents=True, exist_ok=True)
    milvus._initialize_data_files(str(folder))
    config = milvus.MilvusServerConfig(data_dir=str(folder), proxy_port=PORT)
    config.set("common.session.ttl", 3)  # a killed server is missed after 3 s instead of 30
    config.resolve()
    return folder / "bin" / "milvus"


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    target.close()


async def _let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", PORT)
    except OSError:
        writer.close()
        return
    await asyncio.gather(_pipe(reader, inner_writer), _pipe(inner_reader, writer))


async def run(folder: Path, door: Path) -> None:
    """The server and the way in, until the server or whoever started this ends."""
    program = program_in(folder)
    environment = os.environ | {"LD_LIBRARY_PATH": str(program.parent), "DEPLOY_MODE": "STANDALONE"}
    with (folder / "output").open("ab") as output:
        server = await asyncio.create_subprocess_exec(
            program, "run", "standalone",
            env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
        )  # fmt: skip
    door.unlink(missing_ok=True)
    listening = await asyncio.start_unix_server(_let_in, str(door))
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    ended = asyncio.ensure_future(server.wait())
    await asyncio.wait([over, ended], return_when=asyncio.FIRST_COMPLETED)
    listening.close()
    if server.returncode is None:
        server.kill()
    os._exit(0)  # what still reads standard input would be waited for


if __name__ == "__main__":
    loopback_up()
    asyncio.run(run(Path(sys.argv[1]), Path(sys.argv[2])))
