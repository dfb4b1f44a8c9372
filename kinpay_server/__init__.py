"""kinpay: pays an app's users in a Stellar asset; HTTP in, ledger transactions out, webhooks back."""
