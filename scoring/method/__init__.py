"""A method is data: the indicator tree, read and checked."""
