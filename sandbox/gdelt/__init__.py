"""A small GDELT: articles about a world's cities, in the files in which GDELT has them."""
