"""Measures of a month: sums over posts, followers, coverage."""
