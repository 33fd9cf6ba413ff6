"""Tests of the pipeline on the embedded servers, each stage in a process of its own."""
