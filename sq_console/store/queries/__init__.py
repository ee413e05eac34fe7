"""What screens and verbs read."""
