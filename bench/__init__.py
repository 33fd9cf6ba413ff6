"""Quality and speed as numbers: the labelled corpus, the scorer, floors that only rise."""
