"""Files for whoever installs the product or looks for it: they parse, and what they name exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from api import cli
from api.setting_names import known
from matcher.locale import LANGUAGES

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
COMMANDS = {*cli.COMMANDS, *cli.GROUPS}
EXPOSURE = 13
"""The most that systemd may find, in tenths; a service without any limit has 96."""
TEXTS = {
    "type": "object",
    "required": ["genericName", "shortDescription", "longDescription", "features"],
    "properties": {
        "genericName": {"type": "string", "maxLength": 60},
        "shortDescription": {"type": "string", "minLength": 1, "maxLength": 150},
        "longDescription": {"type": "string", "minLength": 150, "maxLength": 10_000},
        "features": {"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 100}},
    },
}
PUBLICCODE = {
    "type": "object",
    "required": [
        "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal",
        "maintenance", "localisation",
    ],
    "properties": {
        "publiccodeYmlVersion": {"const": "0.4"},
        "url": {"type": "string", "pattern": "^https://"},
        "platforms": {"type": "array", "minItems": 1, "items": {"enum": ["web", "linux", "mac", "windows"]}},
        "developmentStatus": {"enum": ["concept", "development", "beta", "stable", "obsolete"]},
        "softwareType": {"enum": ["standalone/web", "standalone/backend", "library", "configurationFiles", "addon"]},
        "description": {"type": "object", "minProperties": 1, "additionalProperties": TEXTS},
        "legal": {"type": "object", "required": ["license"]},
        "maintenance": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": ["internal", "contract", "community", "none"]}},
            "if": {"properties": {"type": {"const": "community"}}},
            "then": {
                "required": ["contacts"],
                "properties": {"contacts": {"minItems": 1, "items": {"required": ["name"]}}},
            },
        },
        "localisation": {
            "type": "object",
            "required": ["localisationReady", "availableLanguages"],
            "properties": {"localisationReady": {"type": "boolean"}},
        },
    },
}  # fmt: skip
"""The required keys of publiccode.yml 0.4, and the limits of those that we have."""


def test_publiccode_is_valid_and_true() -> None:
    """Its required keys are there, and languages, licence and version are those of the product."""
    told = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    assert [one.message for one in Draft202012Validator(PUBLICCODE).iter_errors(told)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert told["localisation"]["availableLanguages"] == list(LANGUAGES)
    assert set(told["description"]) == set(LANGUAGES)
    assert (told["legal"]["license"], told["softwareVersion"]) == (project["license"], project["version"])
    assert Draft202012Validator(PUBLICCODE).is_valid(told | {"legal": {}}) is False


@pytest.mark.parametrize("path", [*UNITS, DEPLOY / "Containerfile"], ids=lambda path: path.name)
def test_what_is_named_exists(path: Path) -> None:
    """Every command and every setting in these files is one of the product."""
    text = path.read_text("utf-8")
    commands = {name.partition(" ")[0] for name in re.findall(r"bin/alumnimatch (\w+)", text)}
    commands |= set(re.findall(r'"alumnimatch", "(\w+)"', text))
    assert commands <= COMMANDS
    assert commands or path.suffix == ".timer"
    assert set(re.findall(r"ALUMNIMATCH_[A-Z_]*[A-Z]", text)) <= known()


def test_units_are_complete() -> None:
    """The timer starts the daily job; service and job run as the same user with the same limits."""
    assert {path.name for path in UNITS} == {
        "alumnimatch.service", "alumnimatch-daily.service", "alumnimatch-daily.timer"
    }  # fmt: skip
    services = [path.read_text("utf-8").splitlines() for path in UNITS if path.suffix == ".service"]
    limit = re.compile(r"(Protect|Private|Restrict[A-Z]|System|User|DynamicUser|NoNew|Capability)")
    limits = [{line for line in lines if limit.match(line)} for lines in services]
    assert limits[0] == limits[1]
    assert len(limits[0]) > 15


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """It finds no fault, and little exposure; skipped where it is not installed."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    for path in UNITS:
        program = path.read_text("utf-8").replace("/opt/alumnimatch/bin/alumnimatch", "/bin/true")
        (tmp_path / path.name).write_text(program, "utf-8")
    copies = [str(tmp_path / path.name) for path in UNITS]
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *copies], capture_output=True, text=True, check=False, timeout=60
    )
    assert (told.returncode, told.stderr) == (0, "")
    for copy in copies:
        if copy.endswith(".service"):
            judged = ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", copy]
            assert subprocess.run(judged, capture_output=True, check=False, timeout=60).returncode == 0


def test_the_container_copies_what_exists_and_runs_without_rights() -> None:
    """Each copied path is there and let through; the last user is a number above 0; bases have a version."""
    allowed = (DEPLOY / "Containerfile.containerignore").read_text("utf-8").splitlines()
    copied = [
        path
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINER, flags=re.MULTILINE)
        for path in line.split()
    ]
    assert {"api", "matcher", "models", "requirements.lock", "setup.py"} <= set(copied)
    assert "import matcher.kernel._native" in CONTAINER  # a build without the compiled kernel is none
    assert all((ROOT / path).exists() and f"!{path}" in allowed for path in copied)
    user = re.findall(r"^USER (\d+):(\d+)$", CONTAINER, flags=re.MULTILINE)[-1]
    assert min(map(int, user)) > 0
    bases = re.findall(r"^FROM (\S+)", CONTAINER, flags=re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.search(r":\d+\.\d+", bases[0])
    assert "SECRET_KEY=" not in CONTAINER
