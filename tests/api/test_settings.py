"""Settings: a name that nobody reads is refused at every door, with the nearest that exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.setting_names import OF_TESTS, check, check_file, known
from api.settings import Settings
from matcher.errors import ConfigurationError

ROOT = Path(__file__).parent.parent.parent
TYPED = "ALUMNIMATCH_DATABSE_URL"
MEANT = "ALUMNIMATCH_DATABASE_URL"
DOORS = {
    "match": ("-m", "api.cli", "match", "R-1"),
    "import": ("-m", "api.cli", "import", "alumni", "x.csv"),
    "template": ("-m", "api.cli", "template", "alumni", "out.xlsx"),
    "keys": ("-m", "api.cli", "keys", "new"),
    "serve": ("-m", "api.cli", "serve", "--port", "0"),
    "two workers": ("-m", "api.cli", "serve", "--port", "0", "--workers", "2"),
    "demo": ("-m", "api.demo"),
    "another server": ("-m", "uvicorn", "--factory", "api.app:from_environment", "--port", "0"),
}


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command in an empty folder, with the environment of this process but for settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ALUMNIMATCH_")}
    environment = {**plain, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, cwd=folder, env=environment, check=False, timeout=120
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_misspelled_setting_starts_nothing(door: str, tmp_path: Path) -> None:
    """Every door ends with 3 and a sentence that names what was meant, without the value; no database is made."""
    done = run(tmp_path, *DOORS[door], **{TYPED: "postgresql://secret@host/name"})
    assert done.returncode == 3, done.stderr
    assert f"De instelling {TYPED} bestaat niet. Bedoel je {MEANT}?" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_misspelled_setting_in_a_file_is_refused_too(tmp_path: Path) -> None:
    """`.env` is read like the environment, in the language that it sets."""
    (tmp_path / ".env").write_text("ALUMNIMATCH_LANGUAGE=en\nalumnimatch_cache_dri=x\nOTHER_PROGRAM=1\n")
    done = run(tmp_path, "-m", "api.cli", "template", "alumni", "out.xlsx")
    assert done.returncode == 3
    assert "ALUMNIMATCH_CACHE_DRI does not exist. Do you mean ALUMNIMATCH_CACHE_DIR?" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


@pytest.mark.parametrize(
    "line", [f"{MEANT}: sqlite:///secret.db", f"{MEANT} sqlite:///secret.db", MEANT, f"{MEANT}='sqlite:///secret.db"]
)
def test_a_line_without_a_value_is_refused(line: str, tmp_path: Path) -> None:
    """A line of `.env` that would be passed over is named by its number and not quoted; no other database is made."""
    (tmp_path / ".env").write_text(f"# settings\nALUMNIMATCH_LANGUAGE=en\n{line}\n")
    done = run(tmp_path, "-m", "api.cli", "audit", "verify")
    assert done.returncode == 3, done.stderr
    assert "Line 3 of the file .env cannot be read." in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_a_file_of_settings_may_hold_what_shells_read(tmp_path: Path) -> None:
    """Comments, exports, values over several lines, and names of other programs without a value."""
    file = tmp_path / ".env"
    file.write_text(
        "\n# a\nexport ALUMNIMATCH_LANGUAGE=en # b\nALUMNIMATCH_CONTACT_KEYS='a,\nb'\nOTHER\nALUMNIMATCH_X=\n"
    )
    check_file(file)
    check_file(tmp_path / "absent")
    check_file(tmp_path)


def test_space_around_a_value_is_none_of_it() -> None:
    """A space after the address of the database is no other, empty, database."""
    assert Settings(database_url=" sqlite:///x.db ").database_url == "sqlite:///x.db"
    assert Settings(cache_dir=" x ").cache_dir == Path("x")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["cache_dir", "erasure_journal"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_path_is_refused(name: str, value: str) -> None:
    """It would be the folder in which the program happens to start: a journal that no erasure could be written to."""
    with pytest.raises(ValidationError):
        Settings.model_validate({name: value})


@pytest.mark.parametrize("months", [-5, 0, 601])
def test_a_term_of_one_purpose_is_a_term(months: int) -> None:
    """It is bounded as the term of all is: with none or less the daily job would end every consent."""
    with pytest.raises(ValidationError):
        Settings.model_validate({"retention_terms": {"llo_advice": months}})


def test_help_and_the_list_of_settings_work_all_the_same(tmp_path: Path) -> None:
    """Beside a misspelled setting the list shows the others as they are set, and help is help."""
    wrong = {TYPED: "x", "ALUMNIMATCH_PAGE_SIZE": "37"}
    listed = run(tmp_path, "-m", "api.cli", "settings", **wrong)
    assert (listed.returncode, "ALUMNIMATCH_PAGE_SIZE = 37" in listed.stdout, TYPED in listed.stderr) == (3, True, True)
    assert run(tmp_path, "-m", "api.cli", "match", "--help", **wrong).returncode == 0


def test_what_exists_may_be_set() -> None:
    """Every setting, in capitals or not, what tests and CI set, and whatever other programs read."""
    check([*known(), *(name.lower() for name in known()), "PATH", "ALUMNI_OFFICE_PHONE", "ALUMNIMATCHES", "ALUMNI"])
    check(["MATCH_DATABASE_URL", "DATABASE_URL", "MATCH", "LDAP_MATCHING_LOGIN"])
    assert known() == {f"ALUMNIMATCH_{name.upper()}" for name in Settings.model_fields} | OF_TESTS


def test_every_name_that_the_project_reads_is_known() -> None:
    """Nothing in the project reads a setting that would be refused."""
    words = ("environ", "getenv", "setenv")
    read = {
        word.strip("\"'[](){},:;")
        for folder in ("matcher", "models", "api", "tests", "benchmarks", "data", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in {".py", "", ".sh"} and path.name != Path(__file__).name
        for line in path.read_text("utf-8", "replace").splitlines()
        if any(one in line for one in (*words, "export "))
        for word in line.replace("=", " ").replace("(", " ").replace("[", " ").split()
        if re.match(r"[\"']*ALUMNIMATCH_\w", word)
    }
    assert "ALUMNIMATCH_CI" in read
    check(read)


@given(
    name=st.sampled_from(sorted(known() - OF_TESTS)),
    where=st.integers(0, 40),
    letter=st.sampled_from(["", "X", "_"]),
)
def test_a_slip_of_one_letter_is_told_what_was_meant(name: str, where: int, letter: str) -> None:
    """A letter too many or one too few, in the prefix too, is refused; the nearest name is the one that was meant."""
    place = where % len(name)
    typed = name[:place] + letter + name[place + (not letter) :]
    if typed in known():
        return
    with pytest.raises(ConfigurationError) as caught:
        check([typed.lower()])
    assert caught.value.values["setting"] == typed.lower()
    assert caught.value.values["nearest"] == name
