"""Unit tests of domain.dates."""
