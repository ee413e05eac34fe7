"""Metrics, health and readiness of a daemon, served over HTTP on an address of its own.

What is served is in memory already: no request waits for the database, and none for a
processor. Prometheus' library writes the text (`collector`), and is loaded only where
somebody listens; health and readiness need the standard library alone.
"""
