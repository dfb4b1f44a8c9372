"""The HTTP server around a network and its history."""
