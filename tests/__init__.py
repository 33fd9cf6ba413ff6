"""Tests of Vigie."""
