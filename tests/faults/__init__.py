"""Faults on the real servers: what is killed, frozen, cut off or fed with rubbish, and what must come out all the same."""
