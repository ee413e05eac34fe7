"""The terminal itself: input, output, signals. No job is known here."""
