"""A whole region in a seed: a history of steps through the real services, watched after every one of them."""
