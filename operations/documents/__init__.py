"""Documents of a month as files: reports, issues, tables."""
