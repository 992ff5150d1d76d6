"""`chappe demo`: events, what is due of each, and what came of it. No code of the product."""
