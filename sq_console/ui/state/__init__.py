"""What the console knows, without Textual."""
