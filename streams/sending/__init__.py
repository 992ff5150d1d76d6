"""One message and the SMSC: submits, verdicts, receipts. No Kafka and no sockets here."""
