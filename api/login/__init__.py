"""Who asks: sessions, tokens, links and the login service."""
