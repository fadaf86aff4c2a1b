"""Canonical vectors of texts: read from the store, else encoded and stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np

from matcher.errors import StoreReadOnly
from matcher.matching.observer import RankingObserver
from matcher.ports import Encoder, Int8Matrix, Progress, Store, WordVectors
from matcher.recent import keep

_BLOCK = 512
"""Texts encoded and stored at a time, so that finished work survives when the process is killed."""
_QUERIES = 256
"""Query texts whose vectors stay in memory."""
_SAMPLE = 64
"""Stored vectors that a verification encodes again."""


class TextVectors:
    """The vectors of one encoder; may be shared by threads. `block`: texts that are encoded and stored at a time."""

    def __init__(self, store: Store, encoder: Encoder, block: int = _BLOCK) -> None:
        self._stored = store.vectors
        self._block = block
        self.encoder = encoder
        self._queries: dict[str, Int8Matrix] = {}

    def encode(self, texts: Mapping[str, str], progress: Progress | None = None) -> dict[str, Int8Matrix]:
        """Vectors by text hash, each of shape (dimension,); `progress` counts the newly encoded texts."""
        return self._completed(self._stored.load(self.encoder.id, texts), texts, progress)

    def _completed(
        self, vectors: dict[str, Int8Matrix], texts: Mapping[str, str], progress: Progress | None = None
    ) -> dict[str, Int8Matrix]:
        """These vectors and those of all other texts, which are encoded and stored."""
        for added in self._encoded({hash_: text for hash_, text in texts.items() if hash_ not in vectors}, progress):
            with suppress(StoreReadOnly):  # a database that can only be read is ranked from memory
                self._stored.save(self.encoder.id, added)
            vectors |= added
        return vectors

    def _encoded(
        self, texts: Mapping[str, str], progress: Progress | None, stopped: Callable[[], bool] = bool
    ) -> Iterator[dict[str, Int8Matrix]]:
        """The vectors of these texts, a block at a time, until `stopped`; a block counts when the next is asked for."""
        hashes = list(texts)
        for start in range(0, len(hashes), self._block):
            if stopped():
                return
            block = hashes[start : start + self._block]
            encoded = self.encoder.encode([texts[hash_] for hash_ in block])
            yield dict(zip(block, encoded, strict=True))
            if progress:
                progress(start + len(block), len(hashes))

    def at_hand(self, texts: Mapping[str, str], most: int) -> dict[str, Int8Matrix] | None:
        """The same where at most so many texts are to be encoded, else None."""
        vectors = self._stored.load(self.encoder.id, texts)
        return self._completed(vectors, texts) if len(texts) - len(vectors) <= most else None

    def encode_ahead(
        self, texts: Mapping[str, str], origin: str, stopped: Callable[[], bool], progress: Progress | None
    ) -> bool:
        """Encodes and stores the texts that have no vector yet, until `stopped`; whether all have one.

        `origin`: the state of the data that they are of. Nothing is stored once that has changed: somebody may have
        been erased meanwhile, and what was made of a text of theirs must not come back.
        """
        there = self.stored(texts)
        missing, done = {hash_: text for hash_, text in texts.items() if hash_ not in there}, 0
        for block in self._encoded(missing, progress, stopped):
            if not self._stored.save(self.encoder.id, block, at=origin):
                return False
            done += len(block)
        return done == len(missing)

    def of_query(self, text: str, observer: RankingObserver | None = None) -> Int8Matrix:
        """The vector of the text of an unsaved query, shape (dimension,): the most recent stay in memory."""
        vector = self._queries.get(text)
        if observer is not None:
            observer.query_vector(found=vector is not None)
        if vector is None:
            vector = keep(self._queries, text, self.encoder.encode([text])[0], _QUERIES)
        return vector

    @property
    def of_words(self) -> Callable[[Sequence[str]], WordVectors]:
        """The vectors of words by themselves: not stored, since a word takes some microseconds."""
        return self.encoder.of_words

    def drop(self, beginnings: Iterable[str]) -> None:
        """Removes the stored vectors of texts whose hash has one of these prefixes."""
        self._stored.drop(self.encoder.id, beginnings)

    def keep_only(self, used: Iterable[str]) -> None:
        """Removes the stored vectors of all other texts; `used`: hashes, or prefixes of hashes, all of one length.

        Of every encoder: what another one made of a text that is gone would never be looked at again.
        """
        self._stored.prune(None, used)

    def forget(self) -> None:
        """Removes all stored vectors of this encoder."""
        self._stored.prune(self.encoder.id, ())

    def stored(self, hashes: Collection[str]) -> set[str]:
        """The hashes whose vector is stored."""
        return set(self._stored.load(self.encoder.id, hashes))

    def differences(self, texts: Mapping[str, str], *, steps: int = 0) -> list[str]:
        """Whether stored vectors are those of their texts, for a sample spread over all: empty when all is well.

        `steps`: by how much a value may be off, for an encoder that rounds otherwise on another machine.
        """
        hashes = sorted(texts)[:: max(1, len(texts) // _SAMPLE)][:_SAMPLE]
        stored = self._stored.load(self.encoder.id, hashes)
        encoded = self.encoder.encode([texts[hash_] for hash_ in stored])
        wrong = [
            hash_
            for hash_, vector in zip(stored, encoded, strict=True)
            if np.abs(stored[hash_].astype(np.int16) - vector).max(initial=0) > steps
        ]
        return [f"vectors {len(wrong)}/{len(hashes)}"] if wrong else []
