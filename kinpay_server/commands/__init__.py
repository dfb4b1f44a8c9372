"""Commands for the operator, one file per noun. They use the database of a service, which may be running meanwhile."""
