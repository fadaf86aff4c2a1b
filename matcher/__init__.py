"""The domain and the matching: rules, signals, exact ranking, explanations."""
