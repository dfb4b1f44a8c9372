"""`python -m kinpay_server.sandbox`"""

from .command import sandbox

if __name__ == "__main__":
    sandbox()
