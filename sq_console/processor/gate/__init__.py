"""What may keep a processor from calling any job of its database."""
