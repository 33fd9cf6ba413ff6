"""Tests of records, conversions, schemas and index documents."""
