"""The encoder by its name."""

from __future__ import annotations

from pathlib import Path

from matcher.ports import Encoder
from models import artefact, catalogue
from models.ngram import StaticEncoder
from models.transformer import SentenceTransformerEncoder


def opened(name: str = catalogue.DEFAULT, cache: Path | None = None) -> Encoder:
    """The encoder by its name: ours where the folder is an artefact of ours, else one of sentence-transformers.

    `name`: the default, a folder, or a hub id; `cache`: where digests are kept. Loads no model. Raises
    ConfigurationError, EncoderError.
    """
    if name == catalogue.DEFAULT or artefact.ours(Path(name).expanduser()):
        return StaticEncoder(catalogue.find(name), cache)
    return SentenceTransformerEncoder(name, cache)
