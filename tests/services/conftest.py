"""The services on a real database and with real signatures; only the ledger is a fake."""



