"""Tests of the test harness: a fault that is not made would make its tests pass for nothing."""
