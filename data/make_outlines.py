"""Makes the outlines of municipalities that ship with the project (matcher/gazetteer/outlines.tsv.gz).

    python data/make_outlines.py FILE

FILE is `gemeenten_2023.geojson.gz`: municipalities of 2023 of CBS and Kadaster through PDOK, CC BY 4.0. Changed: points
are put on a flat map and on a grid of `GRID_KM`, so that the border that two municipalities share stays one line; what
falls together, lies on a straight line, or is too small for the grid is left out. The same file gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from matcher.gazetteer.outlines import GRID_KM, on_map

TARGET = Path(__file__).parent.parent / "matcher" / "gazetteer" / "outlines.tsv.gz"
Point = tuple[int, int]


def main(source: str) -> None:
    """Reads the file, and writes a line for each municipality: its name, and its rings in units of the grid."""
    lines = []
    for feature in json.loads(gzip.decompress(Path(source).read_bytes()))["features"]:
        shape = feature["geometry"]
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        rings = [ring for polygon in polygons if len(ring := _simple(polygon[0])) >= 3]
        if rings:
            text = ";".join(" ".join(f"{x},{y}" for x, y in ring) for ring in rings)
            lines.append(f"{feature['properties']['name']}\t{text}\n")
    TARGET.write_bytes(gzip.compress("".join(sorted(lines)).encode(), mtime=0))


def _simple(ring: list[list[float]]) -> list[Point]:
    """The corners of a ring on the grid, without those that fall together or lie on a straight line."""
    points: list[Point] = []
    for east, north in ring[:-1]:
        x, y = on_map(north, east)
        point = (round(x / GRID_KM), round(y / GRID_KM))
        if not points or points[-1] != point:
            points.append(point)
    changed = True
    while changed and len(points) >= 3:
        kept = [
            point
            for place, point in enumerate(points)
            if _turns(points[place - 1], point, points[(place + 1) % len(points)])
        ]
        changed, points = len(kept) < len(points), kept
    return points


def _turns(one: Point, two: Point, three: Point) -> bool:
    """Whether the line turns at the second point, and does not go back."""
    return (two[0] - one[0]) * (three[1] - one[1]) != (three[0] - one[0]) * (two[1] - one[1])


if __name__ == "__main__":
    main(sys.argv[1])
