"""Tests of the interfaces for people."""
