"""A small server of OEAPI v6 on this machine, to try `alumnimatch sync` with: the courses of `sources/oeapi.json`.

    python -m data.source_server --port 8090

Lists `/courses` and `/courses/{courseId}/course-offerings`, in pages; asked for another version it says 406.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FILE = Path(__file__).parent / "sources" / "oeapi.json"


class Courses(BaseHTTPRequestHandler):
    """The courses of the file and their offerings."""

    def do_GET(self) -> None:
        """A page of a list."""
        has = json.loads(FILE.read_text("utf-8"))
        asked = urlsplit(self.path)
        steps = asked.path.strip("/").split("/")
        if "version=6" not in self.headers.get("Accept", ""):
            self._say(406, {"title": "Not Acceptable", "status": 406, "supportedVersions": ["6.1"]})
        elif steps == ["courses"]:
            self._page(asked.query, has["courses"])
        elif len(steps) == 3 and steps[0] == "courses" and steps[2] == "course-offerings":
            self._page(asked.query, [one for one in has["courseOfferings"] if one["courseId"] == steps[1]])
        else:
            self._say(404, {"title": "Not Found", "status": 404})

    def _page(self, query: str, items: Sequence[object]) -> None:
        asked = {name: int(values[0]) for name, values in parse_qs(query).items() if name.startswith("page")}
        size, number = asked.get("pageSize", 10), asked.get("pageNumber", 1)
        end = size * number
        page = {"pageSize": size, "pageNumber": number, "hasPreviousPage": number > 1, "hasNextPage": end < len(items)}
        self._say(200, {**page, "items": items[end - size : end]})

    def _say(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8090)
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Courses)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
