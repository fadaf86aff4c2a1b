"""Runs in a network of its own (`unshare --net`): loopback alone, a server, and a way in through a socket file.

Milvus listens on every address of its machine; here the machine has none but 127.0.0.1. Standard input may hold lines
`kill NAME` (as a power cut does) and `start NAME`; all ends with it, or when a process ends that was not to be killed.
`benchmarks/milvus/server.py` starts it: `python -m benchmarks.milvus.standalone FOLDER SOCKET`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
PORT = 19530


@dataclass(frozen=True)
class Process:
    """A program that is part of a server, with what it has in its environment besides."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def loopback_up() -> None:
    """In a new network loopback is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        asked = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(probe, SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))


def program_in(folder: Path, settings: Mapping[str, object]) -> Path:
    """The server's program, unpacked the first time, with its configuration: these settings, by name."""
    import milvus

    folder.mkdir(parents=True, exist_ok=True)
    milvus._initialize_data_files(str(folder))
    config = milvus.MilvusServerConfig(data_dir=str(folder), proxy_port=PORT)
    for name, value in settings.items():
        config.set(name, value)
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


class _Running:
    """Processes by name, and what happens when they end."""

    def __init__(self, folder: Path, processes: Mapping[str, Process]) -> None:
        self.folder, self.processes = folder, processes
        self.over = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watches: set[asyncio.Task[None]] = set()

    async def start(self, name: str) -> None:
        process = self.processes[name]
        nothing = asyncio.subprocess.DEVNULL
        environment = os.environ | process.environment
        with (self.folder / f"{name}.log").open("ab") as output:
            self._running[name] = await asyncio.create_subprocess_exec(
                *process.command, env=environment, stdin=nothing, stdout=output, stderr=output, cwd=self.folder
            )
        watch = asyncio.create_task(self._watch(name))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    async def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        await process.wait()

    async def _watch(self, name: str) -> None:
        process = self._running[name]
        await process.wait()
        if self._running.get(name) is process:
            self.over.set()

    async def follow(self) -> None:
        """Does what standard input says, until it is closed."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while words := (await reader.readline()).decode().split():
            await (self.kill if words[0] == "kill" else self.start)(words[1])
        self.over.set()

    async def end(self) -> None:
        for name in list(self._running):
            with suppress(ProcessLookupError):
                await self.kill(name)


async def run(folder: Path, door: Path, processes: Mapping[str, Process]) -> None:
    """The processes, started in this order, and the way in, until one of them or whoever started this ends."""
    running = _Running(folder, processes)
    for name in processes:
        await running.start(name)
    door.unlink(missing_ok=True)
    listening = await asyncio.start_unix_server(_let_in, str(door))
    following = asyncio.create_task(running.follow())
    await running.over.wait()
    following.cancel()
    listening.close()
    await running.end()
    os._exit(0)  # connections that are open still would be waited for


def main() -> None:
    loopback_up()
    folder, door = Path(sys.argv[1]), Path(sys.argv[2])
    program = program_in(folder, {"common.session.ttl": 3})  # a killed server is missed after 3 s instead of 30
    environment = {"LD_LIBRARY_PATH": str(program.parent), "DEPLOY_MODE": "STANDALONE"}
    asyncio.run(run(folder, door, {"standalone": Process((str(program), "run", "standalone"), environment)}))


if __name__ == "__main__":
    main()
