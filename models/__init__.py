"""The encoder of texts: running, training and measuring it."""
