"""The soak: the whole pipeline on real servers for hours at a steady rate, and whether anything grows."""
