"""The Stellar network: the only package that imports stellar_sdk."""
