"""How many jobs of which host a processor may hold."""
