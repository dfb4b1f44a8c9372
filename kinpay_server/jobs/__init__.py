"""The job queue: the only package that imports huey."""
