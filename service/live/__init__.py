"""Live posts from a phone: written by one, let out by another, on the running live page within seconds."""
