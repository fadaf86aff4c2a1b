"""Milvus behind `VectorIndex`: one collection for each database, encoder, side and kind of index.

It holds random keys, vectors and the few scalars that narrow a search; no name and no text. Whether an answer is whole
is checked, not assumed: see `search`.
"""
