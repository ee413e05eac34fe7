"""Words of what keeps a queue small."""
