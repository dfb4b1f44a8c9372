"""What an operator asked for and is not done."""


class Refused(Exception):
    """It is not done, and nothing has changed; the text says why, and what to do."""
