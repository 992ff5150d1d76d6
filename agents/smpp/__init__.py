"""SMPP 3.4 sessions with an SMSC. Nothing here knows Kafka, templates or consent."""
