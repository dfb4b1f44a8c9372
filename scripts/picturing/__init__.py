"""Takes pictures of the status page; see `__main__`."""
