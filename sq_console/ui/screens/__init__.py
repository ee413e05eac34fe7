"""The console's screens: each owns the keys it shows."""
