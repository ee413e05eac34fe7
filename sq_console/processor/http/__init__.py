"""The call itself: the only package that makes HTTP requests."""
