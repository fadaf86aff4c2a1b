"""The embedding: loads, and later trains and ships, the encoder."""
