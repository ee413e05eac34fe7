"""One package for each database engine: a session, and the check of its schema."""
