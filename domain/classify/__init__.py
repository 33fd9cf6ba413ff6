"""Reads one article against one watch: parties, act, themes, status, date, place, actors, relevance, evidence."""
