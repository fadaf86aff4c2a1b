"""Rules, signals and the exact ranking: a pool and a question give ranked rows."""
