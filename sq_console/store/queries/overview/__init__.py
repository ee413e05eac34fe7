"""What is read about the queue as a whole, for its verdict."""
