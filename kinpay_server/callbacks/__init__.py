"""Sending one callback over HTTP."""
