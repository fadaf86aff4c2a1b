"""Hard conditions: one module each, in the order of the contracts."""
