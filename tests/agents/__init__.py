"""Tests of the agents with hand-written fakes: no server, no faust."""
