"""A real SMPP 3.4 server to try things on. Nothing of the product's path depends on it."""
