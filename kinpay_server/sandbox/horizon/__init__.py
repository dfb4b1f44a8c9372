"""What Horizon stores of closed ledgers, and how it shows it. No I/O."""
