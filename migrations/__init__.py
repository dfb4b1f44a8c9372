"""Migrations of the database; `kinpay serve` and `kinpay db upgrade` run them."""
