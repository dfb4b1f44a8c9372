"""The HTTP API, on Tornado."""
