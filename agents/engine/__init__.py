"""`chappe engine`: events → requests → messages, on Faust. No SMPP here."""
