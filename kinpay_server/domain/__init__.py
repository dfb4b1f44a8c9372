"""Values and rules of payments; standard library only."""
