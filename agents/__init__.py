"""Who does it, and when: Faust agents, Kafka, SMPP, CLI. No decision about a message lives here."""
