"""`kinpay demo`: sandbox and service together, a wallet made and paid, each step told as it happens."""

from kinpay_server.demo.command import demo

__all__ = ["demo"]
