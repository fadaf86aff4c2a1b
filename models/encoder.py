"""Opening of an encoder by name."""

from __future__ import annotations

from pathlib import Path

from matcher.ports import Encoder
from models import artefact, catalogue, meaning
from models.ngram import StaticEncoder
from models.transformer import SentenceTransformerEncoder


def opened(name: str = catalogue.DEFAULT, cache: Path | None = None) -> Encoder:
    """The encoder with this name: one of ours if the folder says so, else one of sentence-transformers.

    `name`: the default, a folder, or a hub id; `cache`: the folder for digests. Loads no model. Raises
    ConfigurationError, EncoderError.
    """
    if name == catalogue.DEFAULT or artefact.ours(Path(name).expanduser()):
        return StaticEncoder(catalogue.find(name), cache)
    if meaning.ours(Path(name).expanduser()):
        return meaning.MeaningEncoder(Path(name).expanduser())
    return SentenceTransformerEncoder(name, cache)
