"""What travels: the records and the one table of topics. No rules and no I/O live here."""
