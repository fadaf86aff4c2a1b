"""Soft evidence: one module each, values in [0, 1]."""
