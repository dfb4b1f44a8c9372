"""One family of operations a file; `rules` is the table of them all."""
