"""Claims: which jobs a processor takes."""
