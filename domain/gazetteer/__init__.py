"""Knowledge as data: people with terms of office, services, places, vocabulary; each row has a source."""
