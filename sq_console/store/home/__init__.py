"""What is kept, and found, about the database itself."""
