"""`chappe receipts`: what became of messages, and what people write back. No SMPP here."""
