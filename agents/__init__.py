"""Faust agents, one file each: decode a record, call the domain once, act on the outcome."""
