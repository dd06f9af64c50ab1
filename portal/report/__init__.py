"""The monthly report: facts of a month, sentences made of them, documents made of those."""
