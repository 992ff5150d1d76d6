"""What happens to a record: pure steps. No I/O, no clock, no randomness, no Kafka live here."""
