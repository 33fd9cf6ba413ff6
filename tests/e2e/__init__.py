"""Tests of whole runs, as a person starts them."""
