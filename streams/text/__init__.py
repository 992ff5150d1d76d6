"""How it reads on a phone: rendering, formats, alphabets, segments. No catalog files here."""
