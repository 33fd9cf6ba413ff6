"""The pure core: what an article says, and whether it tells of something new. No I/O, no clock, no randomness."""
