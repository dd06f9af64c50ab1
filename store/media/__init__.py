"""What of media abroad is kept: visits of files, rows, countries of outlets, counts of months."""
