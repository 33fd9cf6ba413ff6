"""Event identity: which known NewsEvent an article tells of, and what is new in it."""
