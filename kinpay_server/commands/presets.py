"""Networks that `kinpay init` knows by name."""

from collections.abc import Mapping

Values = Mapping[tuple[str, str], str]

SANDBOX: Values = {
    ("stellar", "horizon_url"): "http://127.0.0.1:8000",
    ("stellar", "network"): "kinpay sandbox ; local",
    ("stellar", "kin_issuer_address"): "GCYS6RGXW5FK4EGTGDGHOHF3EZWMXOUOD266HEEPQUYRYQC4GGBC642B",
    ("stellar", "kin_token_name"): "KIN",
    ("faucet", "xlm_faucet"): "http://127.0.0.1:8000/friendbot",
    ("faucet", "kin_faucet"): "http://127.0.0.1:8000/faucet",
}
"""What `kinpay sandbox` is without options; its issuer follows from its passphrase."""

TESTNET: Values = {
    ("stellar", "horizon_url"): "https://horizon-testnet.stellar.org",
    ("stellar", "network"): "TESTNET",
    ("faucet", "xlm_faucet"): "https://friendbot.stellar.org",
}

PUBLIC: Values = {("stellar", "horizon_url"): "https://horizon.stellar.org", ("stellar", "network"): "PUBLIC"}

PRESETS: Mapping[str, Values] = {"sandbox": SANDBOX, "testnet": TESTNET, "public": PUBLIC, "other": {}}
