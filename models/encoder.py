"""Opening of an encoder by name."""

from __future__ import annotations

from pathlib import Path

from matcher.ports import Encoder
from models import artefact, catalogue
from models.ngram import StaticEncoder
from models.transformer import SentenceTransformerEncoder


def opened(name: str = catalogue.DEFAULT, cache: Path | None = None) -> Encoder:
    """The encoder with this name: our own if the folder is one of our artefacts, else one of sentence-transformers.

    `name`: the default, a folder, or a hub id; `cache`: the folder for digests. Loads no model. Raises
    ConfigurationError, EncoderError.
    """
    if name == catalogue.DEFAULT or artefact.ours(Path(name).expanduser()):
        return StaticEncoder(catalogue.find(name), cache)
    return SentenceTransformerEncoder(name, cache)
