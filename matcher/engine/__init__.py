"""The newest pool with its vectors and indexes."""
