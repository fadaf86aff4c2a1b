"""Milvus behind `VectorIndex`: one collection for each database, encoder, side and kind of index.

It holds random keys, vectors and the few scalars that filter a search; no names and no texts. Whether an answer is
complete is checked, not assumed: see `search`.
"""
