"""Use cases, one a file, written against the ports in `ports`."""
