"""The parts of an installation as a CycloneDX SBOM: versions and hashes from the lock, licences from what is installed.

    make sbom    # writes sbom.json

The tool of CycloneDX knows the licences of an environment, or the hashes of a lock. Both are wanted, so its two answers
are put together: only what the lock names, and only in the version that it names. What the style sheet and the icons
are made of comes from the lock of npm.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
NPM_LOCK = ROOT / "api/web/assets" / "package-lock.json"
VERSION = "1.6"
"""Of CycloneDX."""
NAMED_OTHERWISE = {"3-Clause BSD License": "BSD-3-Clause"}
"""Names of licences in the metadata of packages that the tool does not know, and what SPDX calls them."""


def asked(*words: str) -> dict[str, Any]:
    """The answer of the tool, which it has validated. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sbom.json"
        settings = ["--sv", VERSION, "--of", "JSON", "--output-reproducible", "--validate", "-o", str(out)]
        command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *words, *settings]
        subprocess.run(command, check=True, capture_output=True)
        answer: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return answer


def entries_here(lock: str) -> list[str]:
    """The entries of a lock that are for this system, each with its hashes."""
    entries = re.split(r"\n(?=\S)", lock.strip())
    markers = [Requirement(re.split(r"\s*\\\n", entry)[0]).marker for entry in entries]
    return [entry for entry, marker in zip(entries, markers, strict=True) if marker is None or marker.evaluate()]


def combined(installed: dict[str, Any], locked: dict[str, Any]) -> dict[str, Any]:
    """The installed parts that the lock names, with their hashes. Raises SystemExit where one is missing."""
    found = {part["name"].lower().replace("_", "-").replace(".", "-"): part for part in installed["components"]}
    parts = []
    for part in locked["components"]:
        here = found.get(part["name"])
        if here is None or here["version"] != part["version"]:
            message = f"{part['name']} {part['version']} is not installed here: make sbom in a checkout installs it"
            raise SystemExit(message)
        references = [*part["externalReferences"], *here.get("externalReferences", [])]
        if not here.get("licenses"):
            named = NAMED_OTHERWISE.get(metadata(part["name"]).get("License", ""))
            here["licenses"] = [{"license": {"id": named, "acknowledgement": "declared"}}] if named else []
        parts.append({**here, "externalReferences": references})
    root = installed["metadata"]["component"]["bom-ref"]
    kept = {root, *(part["bom-ref"] for part in parts)}
    graph = [
        {**line, "dependsOn": [one for one in line.get("dependsOn", []) if one in kept]}
        for line in installed["dependencies"]
        if line["ref"] in kept
    ]
    return {**installed, "components": parts, "dependencies": graph}


def of_the_pages(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """The packages of npm of which parts are in the pages, out of their lock: not those that only build."""
    parts = []
    for path, package in lock["packages"].items():
        if not path or package.get("dev"):
            continue
        name, version = path.removeprefix("node_modules/"), package["version"]
        group, _, short = name.rpartition("/")
        address = f"pkg:npm/{name.replace('@', '%40')}@{version}"
        hashed = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
        url = f"https://registry.npmjs.org/{name}/-/{short}-{version}.tgz"
        reference = {"type": "distribution", "url": url, "hashes": [{"alg": "SHA-512", "content": hashed}]}
        parts.append(
            {
                "type": "library",
                "bom-ref": address,
                **({"group": group} if group else {}),
                "name": short,
                "version": version,
                "purl": address,
                "licenses": [{"license": {"id": package["license"], "acknowledgement": "declared"}}],
                "externalReferences": [reference],
            }
        )
    return parts


def with_parts(bom: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The SBOM with parts on which the whole depends."""
    root, more = bom["metadata"]["component"]["bom-ref"], [part["bom-ref"] for part in parts]
    graph = [
        {**line, "dependsOn": [*line.get("dependsOn", []), *more]} if line["ref"] == root else line
        for line in bom["dependencies"]
    ]
    graph += [{"ref": one} for one in more]
    return {**bom, "components": [*bom["components"], *parts], "dependencies": graph}


def validated(bom: dict[str, Any]) -> str:
    """The SBOM as text. Raises SystemExit where it does not fit the schema of CycloneDX."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = json.dumps(bom, indent=1, ensure_ascii=False) + "\n"
    problem = JsonStrictValidator(SchemaVersion.from_version(VERSION)).validate_str(text)
    if problem is not None:
        raise SystemExit(str(problem))
    return text


def main() -> None:
    """Writes the SBOM."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "sbom.json")
    out = parser.parse_args().out
    pyproject = ["--pyproject", str(ROOT / "pyproject.toml")]
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "here.lock"
        lock.write_text("\n".join(entries_here(LOCK.read_text("utf-8"))), "utf-8")
        locked = asked("requirements", *pyproject, str(lock))
    bom = combined(asked("environment", *pyproject, sys.executable), locked)
    bom = with_parts(bom, of_the_pages(json.loads(NPM_LOCK.read_text("utf-8"))))
    out.write_text(validated(bom), "utf-8")
    without = [part["name"] for part in bom["components"] if not part.get("licenses")]
    print(f"{out}: {len(bom['components'])} parts, without a licence: {', '.join(without) or 'none'}")


if __name__ == "__main__":
    main()
