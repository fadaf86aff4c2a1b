"""What every HTTP answer shares: errors, languages, limits, metrics, state."""
