"""Measures kinpay: payments a second, CPU, latency and memory of the service against a sandbox of its own."""
