"""Publication dates with source and confidence, and dates told in running text in seven languages."""
