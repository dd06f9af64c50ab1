"""Reading what answers hold: numbers as people write them, JSON in pages, shapes."""
