"""A local Stellar network that speaks Horizon; a program of its own that knows nothing of the rest of kinpay."""
