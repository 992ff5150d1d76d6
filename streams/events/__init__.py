"""What happened, and to whom: events read and addressed. No template is rendered here."""
