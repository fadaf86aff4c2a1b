"""Authentication: sessions, tokens, links and the login service."""
