"""Pages, rendered on the server without scripts."""
