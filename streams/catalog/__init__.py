"""What is said: templates out of YAML, checked. No rendering for a recipient here."""
