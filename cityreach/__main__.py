"""`python -m cityreach`."""

from cityreach.cli import main

main()
