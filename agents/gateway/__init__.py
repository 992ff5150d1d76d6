"""`chappe gateway`: messages → SMSC → statuses. No wording and no consent here."""
