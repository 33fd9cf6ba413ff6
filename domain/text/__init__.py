"""Text as the rest of the domain wants it: isolated from page furniture, split, folded for matching, language known."""
