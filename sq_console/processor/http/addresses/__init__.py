"""Which address a host name leads to, and which are refused."""
